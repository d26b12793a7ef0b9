import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore

/// Plain HTTP requests to a master, like those of scripts.
struct WebClient: Sendable {
    let client: TestClient
    let authenticator: MessageAuthenticator

    /// An answer.
    struct Answer: Sendable {
        let status: Int
        let headers: HTTPFields
        let body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
        /// The members of the JSON object in the body.
        var json: [String: JSONValue] { (try? JSONCoding.decodeObject(from: body)) ?? [:] }
        /// The sentence of a failure.
        var error: String? { json["error"]?.string }
    }

    func get(
        _ path: String,
        accept: String? = nil,
        lastEventID: String? = nil,
        cookie: String? = nil,
        authorization: String? = nil,
        range: String? = nil,
        ifRange: String? = nil
    ) async throws -> Answer {
        var headers: HTTPFields = [:]
        headers[.range] = range
        headers[.ifRange] = ifRange
        headers[.accept] = accept
        headers[.cookie] = cookie
        headers[.authorization] = authorization
        if let name = HTTPField.Name("Last-Event-ID") { headers[name] = lastEventID }
        return try await send(.init(path, method: .get, headers: headers))
    }

    /// Sends a body with its digest, or with a given one.
    func send(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ body: String,
        digest: String? = nil
    ) async throws -> Answer {
        var headers: HTTPFields = [:]
        if let name = HTTPField.Name(HeaderName.digest) {
            headers[name] = try digest ?? authenticator.digest(of: body.utf8)
        }
        return try await send(.init(path, method: method, headers: headers, body: ByteBuffer(string: body)))
    }

    /// Posts a body with a cookie and no digest, as a page of another site could.
    func post(_ path: String, _ body: String, cookie: String) async throws -> Answer {
        try await send(.init(path, method: .post, headers: [.cookie: cookie], body: ByteBuffer(string: body)))
    }

    func post(_ path: String, _ value: JSONValue) async throws -> Answer {
        try await sign(.post, path, try JSONCoding.encode(value))
    }

    func put(_ path: String, _ value: JSONValue) async throws -> Answer {
        try await sign(.put, path, try JSONCoding.encode(value))
    }

    /// Posts a value like ClusterRunner's own components: signed, and with the token of a slave if given.
    func sign(_ path: String, _ value: some Encodable, token: String? = nil) async throws -> Answer {
        try await sign(.post, path, try JSONCoding.encode(value), token: token)
    }

    /// Sends a body with a signature for the running master.
    func sign(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ body: [UInt8],
        token: String? = nil
    ) async throws -> Answer {
        let digest = try authenticator.digest(of: body, for: .signedBody)
        let version = try await get("/v1/version")
        let signature = try RequestSignature(
            method: method.rawValue,
            path: path,
            bodyDigest: digest,
            run: HTTPField.Name(HeaderName.sessionID).flatMap { version.headers[$0] } ?? "",
            time: Int(Date().timeIntervalSince1970),
            nonce: UUID().uuidString,
            authenticator: authenticator
        )
        var headers: HTTPFields = [:]
        let fields = [
            HeaderName.digest: digest, HeaderName.signature: signature.headerValue, HeaderName.slaveToken: token,
        ]
        for (name, value) in fields { if let name = HTTPField.Name(name) { headers[name] = value } }
        return try await send(.init(path, method: method, headers: headers, body: ByteBuffer(bytes: body)))
    }

    private func send(_ request: TestClient.Request) async throws -> Answer {
        let response = try await client.execute(request)
        return Answer(
            status: response.status.code,
            headers: response.head.headerFields,
            body: response.body.map { Array($0.readableBytesView) } ?? []
        )
    }
}
