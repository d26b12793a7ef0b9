import ClusterRunnerDomain
import ClusterRunnerHTTP
import ClusterRunnerPlugin
import ClusterRunnerTesting
import ClusterRunnerWire
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore

/// A service with a route of each kind, on a socket of its own.
struct HTTPFixture: Sendable {
    let authenticator: MessageAuthenticator
    var authenticateReads = false
    var requireSignature = false
    var legacyClients = false
    var origins: OriginPattern?
    static let session = "11111111-2222-3333-4444-555555555555"

    init() throws {
        authenticator = try MessageAuthenticator(key: Array("secret-secret".utf8))
    }

    /// Serves routes while `body` runs.
    func serve<Result: Sendable>(
        _ routes: [Route] = Self.routes,
        _ body: @escaping @Sendable (HTTPCaller) async throws -> Result
    ) async throws -> Result {
        let authentication = RequestAuthentication(
            authenticator: authenticator,
            authenticateReads: authenticateReads,
            requireSignature: requireSignature,
            legacyClients: legacyClients
        )
        let responder = ServiceResponder(
            routes: routes,
            authentication: authentication,
            sessionID: Self.session,
            corsOrigins: origins
        )
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        let application = Application(
            responder: responder,
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { continuation.yield($0.localAddress?.port ?? 0) }
        )
        return try await withService(application) {
            guard let port = await ports.first(where: { _ in true }) else { throw CancellationError() }
            // Patient: on a busy machine an answer waits long for its turn.
            let configuration = TestClient.Configuration(timeout: .seconds(600))
            return try await TestClient.withClient(host: "127.0.0.1", port: port, configuration: configuration) {
                try await body(HTTPCaller(client: $0, authenticator: authenticator))
            }
        }
    }

    static let routes: [Route] = [
        .get("build", childRoutes: ["build": "/v1/build/[build_id]"]) { try $0.respond(["builds": []]) },
        Route(.post, "build", access: .documented, body: .collected(limit: 16)) { request in
            try request.respond(["length": .integer(request.body.count)], status: .accepted)
        },
        .get("build/{build_id}", childRoutes: ["subjobs": "/v1/build/[build_id]/subjob"]) { request in
            try request.respond([
                "build_id": .integer(try request.id("build_id")), "version": .integer(request.version.rawValue),
            ])
        },
        .get("build/{build_id}/subjob") { request in
            let page = try request.page()
            return try request.respond([
                "offset": .integer(page.offset), "limit": page.limit.map(JSONValue.integer) ?? .null,
            ])
        },
        .get("health", access: .open) { try $0.respond() },
        Route(.post, "build/{build_id}/retry", access: .change, body: .json) { try $0.respond() },
        Route(.post, "slave/shutdown", access: .legacy, body: .json) { try $0.respond() },
        Route(.post, "slave", access: .component, body: .json) { try $0.respond() },
    ]
}

/// Makes requests of a service under test.
struct HTTPCaller: Sendable {
    let client: TestClient
    let authenticator: MessageAuthenticator

    func get(_ path: String, _ headers: HTTPFields = [:]) async throws -> HTTPAnswer {
        try await call(.get, path, headers)
    }

    func call(
        _ method: HTTPRequest.Method,
        _ path: String,
        _ headers: HTTPFields = [:],
        body: String? = nil
    ) async throws -> HTTPAnswer {
        let buffer = body.map { ByteBuffer(string: $0) }
        var headers = headers
        headers[.connection] = "keep-alive"
        let response = try await client.execute(
            TestClient.Request(path, method: method, authority: "localhost", headers: headers, body: buffer)
        )
        return HTTPAnswer(response)
    }

    /// Returns the headers of a request whose body has the right digest.
    func digest(of body: String = "") throws -> HTTPFields {
        [try .named(HeaderName.digest): try authenticator.digest(of: body.utf8)]
    }

    /// Returns the headers of a request that is signed.
    func signature(
        _ method: HTTPRequest.Method,
        _ path: String,
        body: String = "",
        run: String = HTTPFixture.session,
        secondsAgo: Int = 0
    ) throws -> HTTPFields {
        let digest = try authenticator.digest(of: body.utf8, for: .signedBody)
        let signature = try RequestSignature(
            method: method.rawValue,
            path: path,
            bodyDigest: digest,
            run: run,
            time: Int(Date().timeIntervalSince1970) - secondsAgo,
            nonce: UUID().uuidString,
            authenticator: authenticator
        )
        return [
            try .named(HeaderName.digest): digest, try .named(HeaderName.signature): signature.headerValue,
        ]
    }
}

/// The answer of a service.
struct HTTPAnswer: Sendable {
    let status: Int
    let headers: HTTPFields
    let body: String

    init(_ response: TestClient.Response) {
        status = response.status.code
        headers = response.headers
        body = response.body.map { String(buffer: $0) } ?? ""
    }

    /// The members of the JSON object in the body; empty when the body is not one.
    var members: [String: JSONValue] { (try? JSONCoding.decodeObject(from: Array(body.utf8))) ?? [:] }

    /// The sentence of a failure.
    var error: String? { members["error"]?.string }

    func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }
}

extension HTTPField.Name {
    /// Makes a header's name that is not one of the library's constants.
    static func named(_ name: String) throws -> Self {
        guard let name = Self(name) else { throw ClusterRunnerError(.invalidArgument, "\(name) is no header name.") }
        return name
    }
}
