import ClusterRunnerConcurrency
import ClusterRunnerHTTP
import ClusterRunnerTesting
import ClusterRunnerWire
import HTTPTypes
import HummingbirdTesting
import Logging
import Testing

@Suite(.timeLimit(.minutes(10))) struct ConnectionLimitTests {
    /// The number of requests in progress, and its maximum.
    private final class Crowd: Sendable {
        private let counts = Lock((now: 0, most: 0))

        var most: Int { counts.withLock { $0.most } }

        /// Counts one visitor for a while.
        func visit() async {
            counts.withLock { counts in
                counts.now += 1
                counts.most = max(counts.most, counts.now)
            }
            for _ in 0..<5 { await Task.yield() }
            counts.withLock { $0.now -= 1 }
        }
    }

    private func service(
        _ connections: Int,
        _ crowd: Crowd,
        _ onListening: @escaping @Sendable (Int) async -> Void
    ) throws -> HTTPService {
        let authentication = RequestAuthentication(
            authenticator: try MessageAuthenticator(key: Array("secret-secret".utf8)),
            authenticateReads: false,
            requireSignature: false
        )
        let route = Route.get("build") { request in
            await crowd.visit()
            return try request.respond()
        }
        return HTTPService(
            endpoint: .init(host: "127.0.0.1", port: 0),
            responder: ServiceResponder(routes: [route], authentication: authentication, sessionID: "s"),
            connections: connections,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onListening: onListening
        )
    }

    /// Makes a request over a connection of its own, which is closed afterwards.
    private static func request(_ port: Int) async throws -> Int {
        // Patient: on a busy machine the last one waits long for its turn.
        try await TestClient.withClient(
            host: "127.0.0.1",
            port: port,
            configuration: .init(timeout: .seconds(600))
        ) { client in
            try await client.execute(.init("/v1/build", method: .get)).status.code
        }
    }

    @Test func `Connections above the limit wait for their turn, and all are answered`() async throws {
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        let crowd = Crowd()
        let service = try service(1, crowd) { continuation.yield($0) }
        try await withService(service) {
            let port = try #require(await ports.first { _ in true })
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<12 { group.addTask { try await Self.request(port) } }
                for try await status in group { #expect(status == 200) }
            }
        }
        // One look at the queue may accept up to four connections.
        #expect((1...4).contains(crowd.most), "\(crowd.most)")
    }
}
