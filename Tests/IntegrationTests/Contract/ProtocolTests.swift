import ClusterRunnerPlugin
import Testing

@Suite(.cluster(slaves: 0), .timeLimit(.minutes(20)))
struct ProtocolTests {
    private func http() throws -> PlainHTTP { try RunningCluster.current().http }

    @Test(arguments: [
        ("/v1/nothing", "There is nothing at /v1/nothing."),
        ("/v1/build/9999", "Invalid build id: 9999."),
        ("/v1/build/9999/artifacts.tar.gz", "Invalid build id: 9999."),
        ("/v1/build/one", "one"),
        ("/v1/slave/9999", "Invalid slave id: 9999."),
    ])
    func `What is not there is said so in JSON`(_ path: String, _ sentence: String) async throws {
        let answer = try await http().send("GET", path)
        #expect(answer.status == 404)
        let json = try answer.json()
        #expect(json["STATUS"] == "FAILURE")
        #expect(json["error"].string?.contains(sentence) == true, "\(json)")
        #expect(json["child_routes"].object != nil)
    }

    @Test(arguments: [
        ("DELETE", "/v1/build", "GET, HEAD, POST"), ("POST", "/v1/version", "GET, HEAD"),
        ("PUT", "/v1/queue/", "GET, HEAD"), ("POST", "/v1/build/1", "DELETE, GET, HEAD, PUT"),
        ("GET", "/v1/slave/shutdown", "POST"),
    ])
    func `A wrong method is answered with those that are allowed`(
        _ method: String,
        _ path: String,
        _ allowed: String
    ) async throws {
        let answer = try await http().send(method, path)
        #expect(answer.status == 405)
        #expect(answer.headers["allow"] == allowed)
        let error = try answer.json()["error"]
        #expect(error == .string("\(method) is not allowed at \(path). Allowed: \(allowed)."))
    }

    @Test(arguments: ["/v1", "/v1/version", "/v1/build", "/v1/queue", "/v1/slave", "/v1/health", "/v1/project_types"])
    func `HEAD and a trailing slash work wherever GET does`(_ path: String) async throws {
        let get = try await http().send("GET", path)
        let slash = try await http().send("GET", path + "/")
        let head = try await http().send("HEAD", path)
        #expect([get.status, slash.status, head.status] == [200, 200, 200])
        #expect(try slash.json() == get.json())
        #expect(try get.json()["STATUS"] == "SUCCESS")
        #expect(head.body.isEmpty)
        #expect(head.headers["content-length"] == get.headers["content-length"])
    }

    @Test(arguments: ["Session-Id", "Expected-Session-Id"])
    func `A request for another run of the master is refused`(_ header: String) async throws {
        let session = try #require(try await http().send("GET", "/v1").headers["session-id"])
        #expect(try await http().send("GET", "/v1", headers: [header: session]).status == 200)
        let answer = try await http().send("GET", "/v1", headers: [header: "nope"])
        #expect(answer.status == 412)
        #expect(try answer.json()["error"] == "Specified session id: nope has expired and is invalid.")
    }

    @Test func `The path chooses the version of the API, and Accept comes before it`() async throws {
        let accept = ["Accept": "application/vnd.clusterrunner.v2+json"]
        #expect(try await http().send("GET", "/v1/build").headers["api-version"] == "1")
        #expect(try await http().send("GET", "/build").headers["api-version"] == "1")
        #expect(try await http().send("GET", "/builds").headers["api-version"] == "2")
        #expect(try await http().send("GET", "/v2/build").headers["api-version"] == "2")
        #expect(try await http().send("GET", "/v1/build", headers: accept).headers["api-version"] == "2")
    }

    @Test func `Answers say which routes lie below`() async throws {
        let root = try await http().get("/v1")["child_routes"]
        for (name, path) in ["builds": "build", "queue": "queue", "slaves": "slave", "eventlog": "eventlog"] {
            #expect(root[name] == .string("/v1/\(path)"))
        }
        #expect(try await http().get("/v1/build")["child_routes"] == ["build": "/v1/build/[build_id]"])
        let missing = try await http().send("GET", "/v1/build/7").json()
        let build = [
            "result": "result", "artifacts.tar.gz": "artifacts.tar.gz", "artifacts.zip": "artifacts.zip",
            "cases": "case", "setup": "setup", "subjobs": "subjob", "timeline": "timeline",
        ].mapValues { JSONValue.string("/v1/build/[build_id]/\($0)") }
        #expect(missing["child_routes"] == .object(build))
        #expect(try await http().get("/v1/version")["child_routes"] == [:])
    }
}
