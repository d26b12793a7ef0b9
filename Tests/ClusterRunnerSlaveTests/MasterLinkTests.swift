import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerHTTP
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerTesting
import ClusterRunnerWire
import Logging
import Testing

@testable import ClusterRunnerSlave

@Suite(.timeLimit(.minutes(10))) struct MasterLinkTests {
    /// A log whose messages can be awaited.
    private struct HeardLog: LogHandler {
        let continuation: AsyncStream<String>.Continuation
        var logLevel = Logger.Level.debug
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { continuation.yield("\(event.message)") }
    }

    /// A link, with the log and the clock of a test.
    private struct Scene: Sendable {
        let link: MasterLink
        let agent: SlaveAgent
        let clock: StepClock
        let messages: AsyncStream<String>

        /// Waits until the link logs a message with a beginning.
        func logged(_ beginning: String) async {
            for await message in messages where message.hasPrefix(beginning) { return }
        }
    }

    /// Runs a body with a link to a master at a port; a heartbeat is due every ten seconds, and three may fail.
    private func withLink<Success: Sendable>(
        to port: Int,
        _ body: @Sendable (Scene) async throws -> Success
    ) async throws -> Success {
        let authenticator = try MessageAuthenticator(key: BareMaster.key)
        let address = MasterAddress(host: "127.0.0.1", port: port)
        let connection = try MasterConnection(address: address, authenticator: authenticator)
        let result: Result<Success, any Error>
        do { result = .success(try await body(scene(connection, authenticator))) } catch { result = .failure(error) }
        await connection.shutDown()
        return try result.get()
    }

    private func scene(_ connection: MasterConnection, _ authenticator: MessageAuthenticator) -> Scene {
        var settings = SlaveSettings.test("/nowhere", executors: 3)
        settings.heartbeatInterval = .seconds(10)
        settings.heartbeatFailureThreshold = 3
        let parts = SlaveParts.test(connection, authenticator)
        let agent = SlaveAgent(machine: .test(parts))
        let clock = StepClock()
        let (messages, continuation) = AsyncStream<String>.makeStream()
        let link = MasterLink(
            url: "me:1",
            sessionID: "s1",
            settings: settings,
            client: parts.client,
            agent: agent,
            timekeeper: Timekeeper(clock: clock) { 0 },
            supervisor: NoSupervisor(),
            logger: Logger(label: "test") { _ in HeardLog(continuation: continuation) }
        )
        return Scene(link: link, agent: agent, clock: clock, messages: messages)
    }

    /// Runs a link during `body`, and cancels it afterwards.
    private func running(_ scene: Scene, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await scene.link.run() }
            try await body()
            group.cancelAll()
            // Whatever it was doing at its cancellation, it has not given up.
            do { try await group.next() } catch is CancellationError {}
        }
    }

    @Test func `A slave that was never connected keeps trying, less and less often`() async throws {
        let closed = try ClosedPort()
        try await withLink(to: closed.port) { scene in
            try await running(scene) {
                var waits: [Duration] = []
                for _ in 1...40 { waits.append(await scene.clock.step()) }
                #expect(Array(waits.prefix(5)) == [100, 200, 400, 800, 1600].map { Duration.milliseconds($0) })
                #expect(waits.dropFirst(5).allSatisfy { $0 == .seconds(2) })
                #expect(waits.reduce(.zero, +) > .seconds(30))
            }
        }
    }

    @Test func `A slave that was connected gives up when its master was away for too long`() async throws {
        let master = BareMaster()
        try await master.run { port in
            try await withLink(to: port) { scene in
                await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await scene.link.run() }
                    await scene.logged("Connected to the master at 127.0.0.1:\(port) as slave 5.")
                    master.close()
                    await scene.logged("The master closed the line.")
                    var time = Duration.zero
                    // 3.1 seconds in five steps, and then two in each.
                    for _ in 1...19 { time += await scene.clock.step() }
                    #expect(time == .milliseconds(31_100))
                    let error = await #expect(throws: ClusterRunnerError.self) { try await group.next() }
                    #expect(error?.code == .unavailable)
                    #expect(
                        error?.message == "The master at 127.0.0.1:\(port) was away for 30 s, so the slave gives up. "
                            + "heartbeat_interval and heartbeat_failure_threshold say how long it waits."
                    )
                }
            }
        }
    }

    @Test func `A failed heartbeat makes a slave register again, though its stream is open`() async throws {
        let master = BareMaster(refusesHeartbeats: true)
        try await master.run { port in
            try await withLink(to: port) { scene in
                try await running(scene) {
                    await scene.logged("Connected")
                    #expect(await scene.clock.step() < .seconds(10))
                    await scene.logged("Nobody knows this slave. Trying again until it does.")
                    #expect(await scene.clock.step() == .milliseconds(100))
                    await scene.logged("Connected")
                }
            }
        }
        for await registration in master.registrations.prefix(2) { #expect(registration.sessionID == "s1") }
    }

    @Test func `Two heartbeats may get lost before the master gives the slave up`() async throws {
        try await BareMaster(silenceLimit: 6).run { port in
            try await withLink(to: port) { scene in
                try await running(scene) {
                    await scene.logged("Connected")
                    // The first one comes sooner, at another time for each slave.
                    #expect(await scene.clock.step() < .seconds(2))
                    #expect(await scene.clock.step() == .seconds(2))
                }
            }
        }
    }

    @Test func `What the answer to a heartbeat calls lost is stopped`() async throws {
        try await BareMaster(lostLeases: [4]).run { port in
            try await withLink(to: port) { scene in
                try await scene.agent.follow(.setUp(.of(Job(name: "Unit", command: "true", atomizers: []), build: 7)))
                try await scene.agent.follow(.run([.of(3, build: 7), .of(4, build: 7)]))
                #expect(await scene.agent.heartbeat(at: .zero) == SlaveHeartbeat(build: 7, leases: [3, 4]))
                try await running(scene) {
                    await scene.logged("Connected")
                    _ = await scene.clock.step()
                    await scene.logged("The master gave leases [4] to other slaves")
                    // Once the next heartbeat is due, this answer was acted on.
                    _ = await scene.clock.step()
                }
                #expect(await scene.agent.heartbeat(at: .zero) == SlaveHeartbeat(build: 7, leases: [3]))
            }
        }
    }

    @Test func `A slave registers with what it holds`() async throws {
        let master = BareMaster()
        try await master.run { port in
            try await withLink(to: port) { scene in
                try await scene.agent.follow(.setUp(.of(Job(name: "Unit", command: "true", atomizers: []), build: 7)))
                try await scene.agent.follow(.run([.of(3, build: 7), .of(4, build: 7)]))
                try await running(scene) { await scene.logged("Connected") }
            }
        }
        let registration = await master.registrations.first { _ in true }
        let hold = HeldBuild(build: 7, isSetUp: false, executors: 1, firstExecutorIndex: 0, leases: [3, 4])
        #expect(
            registration
                == SlaveRegistration(slave: "me:1", numExecutors: 3, sessionID: "s1", version: "1.2.3", hold: hold)
        )
    }
}
