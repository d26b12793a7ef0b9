import ClusterRunnerAPI
import ClusterRunnerCore
import Foundation
import FoundationNetworking
import Testing

/// A client that knows nothing but HTTP, JSON and the digest: what the documentation tells a user.
final class PlainHTTP: NSObject, URLSessionTaskDelegate, Sendable {
    static let digestHeader = "ClusterRunner-Message-Authentication-Digest"

    private let base: String
    private let secret: String

    /// Creates a client of a service.
    init(host: String = "127.0.0.1", port: Int, secret: String) {
        base = "http://\(host):\(port)"
        self.secret = secret
    }

    /// An answer.
    struct Answer: Sendable {
        let status: Int
        let headers: [String: String]
        let body: Data

        /// The body, which must be JSON.
        func json() throws -> JSONValue {
            do {
                return try JSONDecoder().decode(JSONValue.self, from: body)
            } catch {
                throw ProgramFailure("The answer is no JSON: \(status) \(String(decoding: body, as: UTF8.self))")
            }
        }
    }

    /// The digest of a body.
    func digest(of body: String) throws -> String {
        try MessageAuthenticator(key: Array(secret.utf8)).digest(of: body.utf8)
    }

    /// Sends a request; redirections are answers like any other.
    func send(_ method: String, _ path: String, headers: [String: String] = [:], body: String? = nil) async throws
        -> Answer
    {
        var request = URLRequest(url: try #require(URL(string: base + path)))
        request.httpMethod = method
        request.httpBody = body.map { Data($0.utf8) }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let session = URLSession(configuration: .ephemeral, delegate: self, delegateQueue: nil)
        defer { session.finishTasksAndInvalidate() }
        let (data, response) = try await session.data(for: request)
        let http = try #require(response as? HTTPURLResponse)
        let fields = http.allHeaderFields.map { ("\($0.key)".lowercased(), "\($0.value)") }
        return Answer(status: http.statusCode, headers: Dictionary(fields) { $1 }, body: data)
    }

    /// Sends a request with the digest of its body.
    func sendSigned(_ method: String, _ path: String, _ fields: JSONValue) async throws -> Answer {
        let body = String(decoding: try JSONEncoder().encode(fields), as: UTF8.self)
        return try await send(method, path, headers: [Self.digestHeader: try digest(of: body)], body: body)
    }

    /// The JSON at a path that must be there.
    func get(_ path: String) async throws -> JSONValue {
        let answer = try await send("GET", path)
        guard answer.status == 200 else {
            throw ProgramFailure("GET \(path): \(answer.status) \(String(decoding: answer.body, as: UTF8.self))")
        }
        return try answer.json()
    }

    func urlSession(
        _ session: URLSession,
        task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest,
        completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        completionHandler(nil)
    }
}

extension JSONValue {
    /// The member of that name; null if there is none.
    subscript(name: String) -> JSONValue { object?[name] ?? .null }
    /// The element at that place; null if there is none.
    subscript(index: Int) -> JSONValue { array?.dropFirst(index).first ?? .null }
}
