import ClusterRunnerPlugin
import Foundation
import Testing

/// The documents themselves, and the checks that all answers of the other suites go through.
struct APIDescriptionTests {
    private static let services: [APIDescription.Service] = [.master, .slave]

    private func exchange(
        _ method: String,
        _ path: String,
        _ status: Int,
        _ body: JSONValue,
        without header: String? = nil,
        type: String = "application/json; charset=utf-8"
    ) throws -> APIDescription.Exchange {
        var headers = [
            "content-type": type, "api-version": path.hasPrefix("/v2") ? "2" : "1",
            "session-id": "2421954e-d064-4da1-ab2d-27490c451381",
        ]
        if let header { headers[header] = nil }
        let answer = PlainHTTP.Answer(status: status, headers: headers, body: try JSONEncoder().encode(body))
        return .init(method: method, path: path, answer: answer)
    }

    private func failure(_ sentence: String) -> JSONValue { ["STATUS": "FAILURE", "error": .string(sentence)] }

    @Test(arguments: services)
    func `Every example fits its schema, and references lead somewhere`(_ service: APIDescription.Service) throws {
        let description = try APIDescription.of(service)
        var examples = 0
        for (name, response) in description.document["components"]["responses"].object ?? [:] {
            for (type, media) in response["content"].object ?? [:] where type == "application/json" {
                for (label, example) in media["examples"].object ?? [:] {
                    let faults = description.schema.faults(in: example["value"], under: media["schema"])
                    #expect(faults == [], "\(name), \(label)")
                    examples += 1
                }
            }
        }
        #expect(examples > 10)
        for item in (description.document["paths"].object ?? [:]).values {
            for operation in (item.object ?? [:]).values {
                for response in (operation["responses"].object ?? [:]).values {
                    #expect(description.resolved(response)["description"].string != nil, "\(response)")
                }
            }
        }
    }

    @Test(arguments: services)
    func `No schema has a keyword that the evaluator does not know`(_ service: APIDescription.Service) throws {
        let description = try APIDescription.of(service)
        for (name, schema) in description.schema.named {
            // Of every type, so that no keyword is passed over.
            for value: JSONValue in [nil, true, 1, "text", [], [:]] {
                let faults = description.schema.faults(in: value, under: schema)
                #expect(!faults.contains { $0.contains("unknown to this evaluator") }, "\(name): \(faults)")
            }
        }
    }

    @Test func `An answer as described passes, in all forms of a path`() throws {
        let description = try APIDescription.of(.master)
        let missing = failure("Invalid build id: 7.")
        for path in ["/v1/build/7", "/build/7/", "/v1/build/7?wait=1", "/v2/builds/7", "/builds/7"] {
            #expect(try description.faults(in: exchange("GET", path, 404, missing)) == [], "\(path)")
        }
        #expect(try description.faults(in: exchange("GET", "/v1/nothing", 404, failure("Nothing."))) == [])
        #expect(try description.faults(in: exchange("POST", "/v1/slave/shutdown", 202, ["STATUS": "SUCCESS"])) == [])
    }

    @Test func `Whatever is not described is a fault`() throws {
        let description = try APIDescription.of(.master)
        let created: JSONValue = ["STATUS": "SUCCESS", "build_id": 1]
        let more: JSONValue = ["STATUS": "SUCCESS", "build_id": 1, "more": 2]
        let cases: [(APIDescription.Exchange, String)] = [
            (try exchange("POST", "/v1/build", 200, created), "the status 200 is not described"),
            (try exchange("POST", "/v1/build", 202, more), ": \"more\" is not described"),
            (try exchange("POST", "/v1/build", 202, ["STATUS": "SUCCESS"]), ": \"build_id\" is missing"),
            (
                try exchange("POST", "/v1/build", 202, ["STATUS": "SUCCESS", "build_id": "1"]),
                ".build_id: string(\"1\") is not string(\"integer\")"
            ),
            (
                try exchange("POST", "/v1/build", 202, created, without: "session-id"),
                "the header Session-Id is missing"
            ),
            (
                try exchange("POST", "/v1/build", 202, created, type: "text/plain"),
                "the content type \"text/plain\" is not described"
            ),
            (try exchange("GET", "/v1/nothing", 200, created), "the status is 200 instead of 404"),
            (try exchange("DELETE", "/v1/build", 405, created), ": \"error\" is missing"),
            (try exchange("DELETE", "/v1/build", 405, failure("No.")), "Allow is missing"),
        ]
        for (exchange, fault) in cases { #expect(description.faults(in: exchange).contains(fault)) }
    }

    @Test func `Events of a stream are checked, each under its name`() throws {
        let description = try APIDescription.of(.master)
        func faults(_ stream: String) throws -> [String] {
            let path = "/v1/build/1/subjob/0/atom/0/console/stream"
            let headers = try exchange("GET", path, 200, [:], type: "text/event-stream").answer.headers
            let answer = PlainHTTP.Answer(status: 200, headers: headers, body: Data(stream.utf8))
            return description.faults(in: .init(method: "GET", path: path, answer: answer))
        }
        #expect(try faults(":\n\nid: 2\nevent: output\ndata: {\"offset\": 0, \"text\": \"a\"}\n\n") == [])
        #expect(try faults("event: output\ndata: {\"offset\": 0}\n\n") == ["event output: : \"text\" is missing"])
        #expect(try faults("event: outptu\ndata: {}\n\n") == ["the event outptu is not described"])
    }
}
