import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation
import Testing

/// A client that knows only HTTP, JSON and the digest, as documented for users.
///
/// Each request has a connection of its own, and a thread that waits for the answer. (When a test polls, Foundation's
/// client costs more processor time than the services.) An answer that the OpenAPI document of the service does not
/// describe is recorded as an issue.
struct PlainHTTP: Sendable {
    static let digestHeader = "ClusterRunner-Message-Authentication-Digest"

    private let port: Int
    private let secret: String
    private let service: APIDescription.Service

    /// Creates a client of a local service.
    init(port: Int, secret: String, service: APIDescription.Service = .master) {
        (self.port, self.secret, self.service) = (port, secret, service)
    }

    /// An answer.
    struct Answer: Sendable {
        let status: Int
        let headers: [String: String]
        let body: Data

        /// Decodes the body, which must be JSON.
        func json() throws -> JSONValue {
            guard let value = JSONParser.value(of: body) else {
                throw ProgramFailure("The answer is no JSON: \(status) \(String(decoding: body, as: UTF8.self))")
            }
            return value
        }
    }

    /// Computes the digest of a body.
    func digest(of body: String) throws -> String {
        try MessageAuthenticator(key: Array(secret.utf8)).digest(of: body.utf8)
    }

    /// Sends a request; redirections are answers like any other.
    ///
    /// - Throws: ``ConnectionFailure`` when the answer is missing or incomplete.
    func send(_ method: String, _ path: String, headers: [String: String] = [:], body: String? = nil) async throws
        -> Answer
    {
        var fields = headers
        fields["Host"] = "127.0.0.1:\(port)"
        fields["Connection"] = "close"
        if let body { fields["Content-Length"] = "\(body.utf8.count)" }
        let head = ["\(method) \(path) HTTP/1.1"] + fields.map { "\($0): \($1)" }
        let request = Data((head + ["", body ?? ""]).joined(separator: "\r\n").utf8)
        let answer = try await exchange(request)
        guard let whole = Answer(answer, isHead: method == "HEAD") else {
            throw ConnectionFailure("\(method) \(path) got half an answer: \(String(decoding: answer, as: UTF8.self))")
        }
        let faults = try APIDescription.of(service).faults(in: .init(method: method, path: path, answer: whole))
        if !faults.isEmpty {
            let text = String(decoding: whole.body.prefix(2000), as: UTF8.self)
            let list = faults.joined(separator: "\n")
            Issue.record("\(method) \(path): \(whole.status) \(text)\nis not as the OpenAPI document says:\n\(list)")
        }
        return whole
    }

    /// Sends bytes, and returns everything received until the service closes the connection.
    private func exchange(_ request: Data) async throws -> Data {
        guard let socket = try? Socket.connect(to: port) else {
            throw ConnectionFailure("Nobody listens on port \(port).")
        }
        defer { close(socket) }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                Thread.detachNewThread {
                    guard Socket.write(request, to: socket) else {
                        return continuation.resume(throwing: ConnectionFailure("The connection broke."))
                    }
                    var answer = Data()
                    while let bytes = Socket.read(socket) { answer += bytes }
                    continuation.resume(returning: answer)
                }
            }
        } onCancel: {
            shutdown(socket, Int32(SHUT_RDWR))
        }
    }

    /// Sends a request with the digest of its body.
    func sendSigned(_ method: String, _ path: String, _ fields: JSONValue) async throws -> Answer {
        let body = String(decoding: try JSONEncoder().encode(fields), as: UTF8.self)
        return try await send(method, path, headers: [Self.digestHeader: try digest(of: body)], body: body)
    }

    /// Reads the JSON at a path that must exist.
    func get(_ path: String) async throws -> JSONValue {
        let answer = try await send("GET", path)
        guard answer.status == 200 else {
            throw ProgramFailure("GET \(path): \(answer.status) \(String(decoding: answer.body, as: UTF8.self))")
        }
        return try answer.json()
    }
}

/// A missing or incomplete answer of a service.
struct ConnectionFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

extension PlainHTTP.Answer {
    /// Parses an answer; nil when it is incomplete.
    fileprivate init?(_ bytes: Data, isHead: Bool) {
        guard let end = bytes.range(of: Data("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        guard let status = lines[0].split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
        let fields = lines.dropFirst().compactMap { line -> (String, String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (line[..<colon].lowercased(), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
        }
        let headers = Dictionary(fields) { $1 }
        var body = Data()
        if !isHead {
            guard let whole = Self.body(bytes[end.upperBound...], headers) else { return nil }
            body = whole
        }
        self.init(status: status, headers: headers, body: body)
    }

    private static func body(_ bytes: Data, _ headers: [String: String]) -> Data? {
        if headers["transfer-encoding"] == "chunked" { return joined(chunks: bytes) }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        return bytes.count == length ? Data(bytes) : nil
    }

    /// Joins chunks, each after its length in hexadecimal; an empty one is the last.
    private static func joined(chunks bytes: Data) -> Data? {
        var (rest, body) = (bytes, Data())
        while let end = rest.range(of: Data("\r\n".utf8)) {
            guard let length = Int(String(decoding: rest[..<end.lowerBound], as: UTF8.self), radix: 16) else {
                return nil
            }
            if length == 0 { return body }
            rest = rest[end.upperBound...]
            guard rest.count >= length + 2 else { return nil }
            body += rest.prefix(length)
            rest = rest.dropFirst(length + 2)
        }
        return nil
    }
}

extension JSONValue {
    /// The member with a name, or null.
    subscript(name: String) -> JSONValue { object?[name] ?? .null }
    /// The element at an index, or null.
    subscript(index: Int) -> JSONValue { array?.dropFirst(index).first ?? .null }
}
