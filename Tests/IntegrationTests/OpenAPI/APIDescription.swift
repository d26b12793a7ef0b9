import ClusterRunnerOpenAPI
import ClusterRunnerPlugin
import Foundation

/// The OpenAPI document of a service, against which its answers are checked.
struct APIDescription: Sendable {
    /// The services with a document.
    enum Service: Sendable {
        case master, slave
    }

    private static let master = try? APIDescription(OpenAPIDocument.master)
    private static let slave = try? APIDescription(OpenAPIDocument.slave)

    let document: JSONValue
    let schema: JSONSchema
    private let paths: [(parts: [Substring], item: JSONValue)]

    /// Returns the description of a service.
    static func of(_ service: Service) throws -> APIDescription {
        guard let description = service == .master ? master : slave else {
            throw ProgramFailure("The OpenAPI document of the \(service) is no JSON.")
        }
        return description
    }

    private init(_ bytes: [UInt8]) throws {
        document = try JSONDecoder().decode(JSONValue.self, from: Data(bytes))
        schema = JSONSchema(named: document["components"]["schemas"].object ?? [:])
        paths = (document["paths"].object ?? [:]).map { ($0.key.split(separator: "/"), $0.value) }
    }

    /// A request, and what came back.
    struct Exchange {
        let method: String
        let path: String
        let answer: PlainHTTP.Answer
    }

    /// Returns what an answer has that the document does not say, or lacks; pages are not described.
    func faults(in exchange: Exchange) -> [String] {
        let answer = exchange.answer
        if isOfPage(exchange) || exchange.method == "OPTIONS" { return [] }
        guard let item = item(at: exchange.path, version: answer.headers["api-version"] ?? "1") else {
            return failure(answer, status: 404)
        }
        let method = exchange.method == "HEAD" ? "get" : exchange.method.lowercased()
        guard let operation = item.object?[method] else {
            return failure(answer, status: 405) + (answer.headers["allow"] == nil ? ["Allow is missing"] : [])
        }
        guard let reference = operation["responses"].object?["\(answer.status)"] else {
            return ["the status \(answer.status) is not described"]
        }
        let response = resolved(reference)
        return headers(answer, response) + (exchange.method == "HEAD" ? [] : body(answer, response))
    }

    /// Follows a reference into the components.
    func resolved(_ value: JSONValue) -> JSONValue {
        guard let place = value["$ref"].string else { return value }
        return place.dropFirst(2).split(separator: "/").reduce(document) { $0[String($1)] }
    }

    private func isOfPage(_ exchange: Exchange) -> Bool {
        let isHTML = exchange.answer.headers["content-type"]?.hasPrefix("text/html") == true
        return exchange.path.hasPrefix("/dashboard") || exchange.path == "/" && isHTML
    }
}

// MARK: Paths

extension APIDescription {
    private static let plurals = ["build": "builds", "subjob": "subjobs", "atom": "atoms", "slave": "slaves"]

    /// Returns the path item for a path in any of its forms; messages of slaves are described in version 1 only.
    private func item(at path: String, version: String) -> JSONValue? {
        var parts = path.prefix { $0 != "?" }.split(separator: "/").map(String.init)
        if ["v1", "v2"].contains(parts.first) { parts.removeFirst() }
        let singular = Dictionary(Self.plurals.map { ($1, $0) }) { $1 }
        let names = parts.map { singular[$0] ?? $0 }
        let candidates = [
            ["v\(version)"] + (version == "2" ? names.map { Self.plurals[$0] ?? $0 } : names), ["v1"] + names,
        ]
        return candidates.lazy.compactMap(match).first
    }

    private func match(_ parts: [String]) -> JSONValue? {
        let matching = paths.filter { path in
            path.parts.count == parts.count
                && zip(path.parts, parts).allSatisfy { $0 == $1 || $0.hasPrefix("{") }
        }
        // A path without a parameter goes before one with a parameter: /slave/shutdown before /slave/{slave_id}.
        let fewest = matching.min { left, right in
            left.parts.count { $0.hasPrefix("{") } < right.parts.count { $0.hasPrefix("{") }
        }
        return fewest?.item
    }
}

// MARK: Answers

extension APIDescription {
    private func failure(_ answer: PlainHTTP.Answer, status: Int) -> [String] {
        guard answer.status == status else { return ["the status is \(answer.status) instead of \(status)"] }
        guard !answer.body.isEmpty else { return [] }
        return json(answer.body, under: ["$ref": "#/components/schemas/Failure"])
    }

    private func headers(_ answer: PlainHTTP.Answer, _ response: JSONValue) -> [String] {
        (response["headers"].object ?? [:]).sorted { $0.key < $1.key }.flatMap { name, reference -> [String] in
            let header = resolved(reference)
            guard let value = answer.headers[name.lowercased()] else {
                return header["required"] == true ? ["the header \(name) is missing"] : []
            }
            return schema.faults(in: .string(value), under: header["schema"], at: name)
        }
    }

    private func body(_ answer: PlainHTTP.Answer, _ response: JSONValue) -> [String] {
        guard let content = response["content"].object else {
            return answer.body.isEmpty ? [] : ["a body of \(answer.body.count) bytes is not described"]
        }
        let type = answer.headers["content-type"] ?? ""
        let essence = type.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces)
        guard let media = content[essence] else { return ["the content type \"\(type)\" is not described"] }
        switch essence {
        case "application/json": return json(answer.body, under: media["schema"])
        case "text/event-stream": return events(answer.body, media["x-events"].object ?? [:])
        default: return []
        }
    }

    private func json(_ body: Data, under rules: JSONValue) -> [String] {
        guard let value = JSONParser.value(of: body) else { return ["the body is no JSON"] }
        return schema.faults(in: value, under: rules)
    }

    /// Checks the data of Server-Sent Events; the schema `*` is for all events that have none of their own.
    private func events(_ body: Data, _ kinds: [String: JSONValue]) -> [String] {
        // The last block may be incomplete.
        let blocks = String(decoding: body, as: UTF8.self).components(separatedBy: "\n\n").dropLast()
        return blocks.flatMap { block -> [String] in
            let fields = block.split(separator: "\n").map { $0.split(separator: ": ", maxSplits: 1) }
            let values = Dictionary(fields.filter { $0.count == 2 }.map { ($0[0], $0[1]) }) { $1 }
            guard let name = values["event"].map(String.init) else { return [] }
            guard let rules = kinds[name] ?? kinds["*"] else { return ["the event \(name) is not described"] }
            return json(Data((values["data"] ?? "").utf8), under: rules).map { "event \(name): \($0)" }
        }
    }
}
