import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerJobFile
import Testing

@testable import ClusterRunnerSlave

@Suite struct BuildSessionTests {
    @Test func `An atom that is stopped before its executor begins it does not run`() async throws {
        let master = try PlayedMaster()
        try await master.run { connection in
            let setup = BuildSetup.of(Job(name: "J", command: "true", atomizers: []))
            let session = BuildSession(setup, on: .test(master.parts(connection)))
            session.take([.of(1, atoms: 2)])
            let task = try #require(await session.queue.next(for: 0))
            session.stop([LeaseAtoms(lease: 1, atoms: [task.atom.id])])
            await session.run(task, executor: 0, at: .zero) { Issue.record("It ran, though it was stopped.") }
            let next = try #require(await session.queue.next(for: 0))
            let ran = OneShotSignal()
            await session.run(next, executor: 0, at: .zero) { ran.fire() }
            #expect(ran.hasFired)
        }
    }
}
