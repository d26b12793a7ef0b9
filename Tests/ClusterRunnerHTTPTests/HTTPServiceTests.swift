import ClusterRunnerHTTP
import ClusterRunnerPlugin
import ClusterRunnerTesting
import ClusterRunnerWire
import Logging
import NIOCore
import Testing

@Suite struct HTTPServiceTests {
    private func service(
        host: String = "127.0.0.1",
        port: Int = 0,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws -> HTTPService {
        let authentication = RequestAuthentication(
            authenticator: try MessageAuthenticator(key: Array("secret-secret".utf8)),
            authenticateReads: false,
            requireSignature: false
        )
        let responder = ServiceResponder(routes: [], authentication: authentication, sessionID: "s")
        return HTTPService(
            endpoint: .init(host: host, port: port),
            responder: responder,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onListening: onListening
        )
    }

    @Test func `A port that is taken is an error that names it and what to do`() async throws {
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        let first = try service { continuation.yield($0) }
        try await withService(first) {
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            #expect(port > 0)
            let second = try service(port: port)
            let error = await #expect(throws: ClusterRunnerError.self) { try await second.run() }
            #expect(error?.message.hasPrefix("Cannot listen on 127.0.0.1:\(port): ") == true)
            #expect(error?.message.hasSuffix("Choose another port.") == true)
        }
    }

    @Test func `A certificate that cannot be read is an error`() async throws {
        let files = HTTPService.TLSFiles(certificate: "/no/such/cert.pem", key: "/no/such/key.pem")
        let authentication = RequestAuthentication(
            authenticator: try MessageAuthenticator(key: Array("secret-secret".utf8)),
            authenticateReads: false,
            requireSignature: false
        )
        let service = HTTPService(
            endpoint: .init(host: "127.0.0.1", port: 0, tls: files),
            responder: ServiceResponder(routes: [], authentication: authentication, sessionID: "s"),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        await #expect(throws: (any Error).self) { try await service.run() }
    }
}
