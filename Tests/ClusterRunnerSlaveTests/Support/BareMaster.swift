import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerHTTP
import ClusterRunnerPlugin
import ClusterRunnerWire
import Hummingbird
import Logging
import ServiceLifecycle

/// A master that a test plays: it registers every slave and sends no instructions, on a real socket.
struct BareMaster: Sendable {
    /// The registrations that were accepted.
    let registrations: AsyncStream<SlaveRegistration>
    private let heard: AsyncStream<SlaveRegistration>.Continuation
    private let gone = OneShotSignal()
    private let refusesHeartbeats: Bool
    private let welcome: SlaveWelcome
    private let lostLeases: [LeaseID]

    /// Creates a master that answers each heartbeat with `lostLeases`.
    init(refusesHeartbeats: Bool = false, silenceLimit: Double = 60, lostLeases: [LeaseID] = []) {
        (registrations, heard) = AsyncStream.makeStream()
        self.refusesHeartbeats = refusesHeartbeats
        welcome = SlaveWelcome(slaveID: 5, lostLeases: [], silenceLimit: silenceLimit, token: "t")
        self.lostLeases = lostLeases
    }

    static let key: [UInt8] = [1, 2, 3]

    /// Ends the streams of instructions, and refuses later registrations.
    func close() { gone.fire() }

    /// Listens until `body`, which gets its port, has ended.
    func run<Success: Sendable>(_ body: @Sendable (Int) async throws -> Success) async throws -> Success {
        let authenticator = try MessageAuthenticator(key: Self.key)
        let (ports, ready) = AsyncStream<Int>.makeStream()
        let service = HTTPService(
            endpoint: .init(host: "127.0.0.1", port: 0),
            responder: ServiceResponder(
                routes: routes,
                authentication: .init(authenticator: authenticator, authenticateReads: false, requireSignature: false),
                sessionID: "bare"
            ),
            logger: .silent,
            onListening: { ready.yield($0) }
        )
        let group = ServiceGroup(services: [service], logger: .silent)
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let port = await ports.first { _ in true } ?? 0
            let result: Result<Success, any Error>
            do { result = .success(try await body(port)) } catch { result = .failure(error) }
            close()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return try result.get()
        }
    }

    private var routes: [Route] {
        [
            Route(.post, "slave", access: .component, body: .json) { [heard, gone, welcome] request in
                guard !gone.hasFired else { throw ClusterRunnerError(.unavailable, "The master is closing") }
                heard.yield(try request.decode(SlaveRegistration.self))
                return try request.respond(with: welcome)
            },
            Route(.post, "slave/{id}/heartbeat", access: .component, body: .json) {
                [refusesHeartbeats, lostLeases] request in
                if refusesHeartbeats { throw ClusterRunnerError(.sessionExpired, "Nobody knows this slave.") }
                let answer = HeartbeatAnswer(lostLeases: lostLeases)
                return try request.respond(with: answer, objection: answer.objection)
            },
            Route(.get, "slave/{id}/instructions", access: .component) { [gone] _ in
                let body = ResponseBody { writer in
                    try await writer.write(.init(string: "\n"))
                    await gone.wait()
                    try await writer.finish(nil)
                }
                return Response(status: .ok, body: body)
            },
        ]
    }
}
