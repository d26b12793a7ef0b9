import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerWire
import Testing

@testable import ClusterRunnerSlave

@Suite(.timeLimit(.minutes(10))) struct SlaveAgentTests {
    private let setup = BuildSetup.of(Job(name: "Unit", command: "true", atomizers: []))

    private func withAgent(_ body: @escaping @Sendable (PlayedMaster, SlaveAgent) async throws -> Void) async throws {
        let master = try PlayedMaster()
        try await master.run { connection in
            let agent = SlaveAgent(machine: .test(master.parts(connection)))
            await agent.registered(SlaveWelcome(slaveID: 5, lostLeases: [], silenceLimit: 10, token: "t"))
            try await body(master, agent)
        }
    }

    @Test func `A set-up that is known is not begun again`() async throws {
        try await withAgent { (_, agent) async throws in
            try await agent.follow(.setUp(setup))
            let session = await agent.current
            try await agent.follow(.setUp(setup))
            #expect(await agent.current === session)
            #expect(session?.killSwitch.isCanceled == false)
        }
    }

    @Test func `Another build takes the place of the current one, which is canceled`() async throws {
        try await withAgent { (_, agent) async throws in
            try await agent.follow(.setUp(setup))
            let first = await agent.current
            try await agent.follow(.setUp(.of(setup.job, build: 2)))
            #expect(first?.killSwitch.isCanceled == true)
            #expect(await agent.current?.setup.build == 2)
        }
    }

    @Test func `Work goes to the session of its build only`() async throws {
        try await withAgent { (_, agent) async throws in
            try await agent.follow(.setUp(setup))
            try await agent.follow(.run([.of(1, build: 2)]))
            try await agent.follow(.run([]))
            try await agent.follow(.run([.of(2)]))
            #expect(await agent.current?.queue.next(for: 0)?.lease == 2)
        }
    }

    @Test func `A teardown of a build that it does not work for is answered at once`() async throws {
        try await withAgent { (master, agent) async throws in
            try await agent.follow(.tearDown(build: 9))
            #expect(try await master.next().decode(TeardownReport.self) == TeardownReport(build: 9))
            try await agent.follow(.cancel(build: 8))
            #expect(try await master.next().decode(TeardownReport.self) == TeardownReport(build: 8))
        }
    }

    @Test func `A teardown lets what runs end, a cancel does not`() async throws {
        try await withAgent { (_, agent) async throws in
            try await agent.follow(.setUp(setup))
            let session = await agent.current
            try await agent.follow(.tearDown(build: 1))
            #expect(await session?.queue.next(for: 0) == nil)
            #expect(session?.killSwitch.isCanceled == false)
            try await agent.follow(.cancel(build: 1))
            #expect(session?.killSwitch.isCanceled == true)
        }
    }

    @Test func `An idle slave that is shut down exits at once`() async throws {
        try await withAgent { (_, agent) async throws in
            try await agent.follow(.shutDown)
            await agent.performSessions { _ in }
            #expect(await agent.isShuttingDown)
        }
    }

    @Test func `A slave that drains exits when its session has ended`() async throws {
        try await withAgent { (_, agent) async throws in
            try await agent.follow(.setUp(setup))
            await agent.drain()
            #expect(await agent.current?.killSwitch.isCanceled == false)
            let ended = OneShotSignal()
            await agent.performSessions { session in
                #expect(session.setup.build == 1)
                ended.fire()
            }
            #expect(ended.hasFired)
            #expect(await agent.current == nil)
        }
    }

    @Test func `A slave that must stop now cancels its session`() async throws {
        try await withAgent { (_, agent) async throws in
            try await agent.follow(.setUp(setup))
            await agent.stopNow()
            #expect(await agent.current?.killSwitch.isCanceled == true)
            await agent.performSessions { _ in }
        }
    }
}
