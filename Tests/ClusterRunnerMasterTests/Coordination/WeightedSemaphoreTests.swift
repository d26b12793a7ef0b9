import ClusterRunnerConcurrency
import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct WeightedSemaphoreTests {
    private let semaphore = WeightedSemaphore(limit: 10)

    /// A caller that enters, reports it, and stays until told to leave.
    private struct Visit: Sendable {
        let entered = OneShotSignal()
        let leaves = OneShotSignal()

        func run(_ semaphore: WeightedSemaphore, weight: Int) async throws {
            try await semaphore.run(weight: weight) {
                entered.fire()
                await leaves.wait()
            }
        }
    }

    @Test func `What is too much together goes in one after the other, in order`() async throws {
        let (first, second, third) = (Visit(), Visit(), Visit())
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await first.run(semaphore, weight: 6) }
            await first.entered.wait()
            group.addTask { try await second.run(semaphore, weight: 6) }
            await semaphore.isWaitedFor(by: 1)
            // It would fit, but comes later.
            group.addTask { try await third.run(semaphore, weight: 1) }
            await semaphore.isWaitedFor(by: 2)
            #expect(!second.entered.hasFired && !third.entered.hasFired)
            first.leaves.fire()
            await second.entered.wait()
            await third.entered.wait()
            second.leaves.fire()
            third.leaves.fire()
            try await group.waitForAll()
        }
    }

    @Test func `What weighs more than the limit goes in alone`() async throws {
        let (heavy, light) = (Visit(), Visit())
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await heavy.run(semaphore, weight: 1000) }
            await heavy.entered.wait()
            group.addTask { try await light.run(semaphore, weight: 1) }
            await semaphore.isWaitedFor(by: 1)
            heavy.leaves.fire()
            await light.entered.wait()
            light.leaves.fire()
            try await group.waitForAll()
        }
    }

    @Test func `Who is canceled while it waits makes room for who comes after`() async throws {
        let (first, second, third) = (Visit(), Visit(), Visit())
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await first.run(semaphore, weight: 6) }
            await first.entered.wait()
            await withTaskGroup(of: Void.self) { canceled in
                canceled.addTask {
                    await #expect(throws: CancellationError.self) { try await second.run(semaphore, weight: 6) }
                }
                await semaphore.isWaitedFor(by: 1)
                group.addTask { try await third.run(semaphore, weight: 4) }
                await semaphore.isWaitedFor(by: 2)
                canceled.cancelAll()
            }
            await third.entered.wait()
            first.leaves.fire()
            third.leaves.fire()
            try await group.waitForAll()
        }
    }

    @Test func `An error inside makes room as well`() async throws {
        await #expect(throws: ClusterRunnerError.self) {
            try await semaphore.run(weight: 10) { throw ClusterRunnerError(.failed, "no") }
        }
        try await semaphore.run(weight: 10) {}
    }
}

extension WeightedSemaphore {
    /// Returns once a number of callers wait.
    fileprivate func isWaitedFor(by count: Int) async {
        while waiters < count { await Task.yield() }
    }
}
