import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerHTTP
import ClusterRunnerTesting
import ClusterRunnerWire
import Foundation
import Logging

/// A service on a free port of this machine, with the test's routes.
struct LocalServer: Sendable {
    let port: Int
    let authenticator: MessageAuthenticator

    var address: MasterAddress { MasterAddress(host: "127.0.0.1", port: port) }

    func uri(_ path: String) -> String { "http://127.0.0.1:\(port)/\(path)" }

    /// Serves routes while `body` runs.
    ///
    /// `wall` is the clock of the service.
    static func serve(
        _ routes: [Route],
        wall: @escaping @Sendable () -> Double = { Date().timeIntervalSince1970 },
        _ body: (LocalServer) async throws -> Void
    ) async throws {
        let authenticator = try MessageAuthenticator(key: Array("secret-secret".utf8))
        let authentication = RequestAuthentication(
            authenticator: authenticator,
            authenticateReads: false,
            requireSignature: false,
            timekeeper: Timekeeper(clock: ContinuousClock(), wall: wall)
        )
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        let service = HTTPService(
            endpoint: .init(host: "127.0.0.1", port: 0),
            responder: ServiceResponder(routes: routes, authentication: authentication, sessionID: "s"),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onListening: { continuation.yield($0) }
        )
        try await withService(service) {
            for await port in ports {
                return try await body(LocalServer(port: port, authenticator: authenticator))
            }
        }
    }

    /// Serves routes while `body` uses a connection to them.
    static func connect(
        _ routes: [Route],
        timeout: Duration = .seconds(600),
        _ body: (MasterConnection) async throws -> Void
    ) async throws {
        try await serve(routes) { server in
            let connection = try MasterConnection(
                address: server.address,
                authenticator: server.authenticator,
                timeout: timeout
            )
            try await Self.use(connection, body)
        }
    }

    /// Closes a connection after its use in all cases.
    static func use(_ connection: MasterConnection, _ body: (MasterConnection) async throws -> Void) async throws {
        do {
            try await body(connection)
        } catch {
            await connection.shutDown()
            throw error
        }
        await connection.shutDown()
    }

    /// Returns the port of a server that is gone.
    static func deadPort() async throws -> Int {
        var port = 0
        try await serve([]) { port = $0.port }
        return port
    }
}

/// Streams texts as bytes, and then an error if one is given.
func pieces(_ texts: [String], error: (any Error)? = nil) -> AsyncThrowingStream<[UInt8], any Error> {
    AsyncThrowingStream { continuation in
        for text in texts { continuation.yield(Array(text.utf8)) }
        continuation.finish(throwing: error)
    }
}

/// The error of an aborted stream.
struct BrokenOff: Error {}
