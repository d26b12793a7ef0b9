import ClusterRunnerConcurrency
import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct KeyedQueueTests {
    private let turns = KeyedQueue()

    @Test func `Operations of one key never overlap`() async throws {
        let gauge = Gauge()
        try await withThrowingDiscardingTaskGroup { group in
            for _ in 0..<50 {
                group.addTask { @concurrent in
                    try await turns.run("a") {
                        await gauge.enter()
                        await Task.yield()
                        await gauge.leave()
                    }
                }
            }
        }
        #expect(await gauge.most == 1)
        #expect(await gauge.total == 50)
    }

    private actor Gauge {
        private var now = 0
        private(set) var most = 0
        private(set) var total = 0

        func enter() {
            now += 1
            total += 1
            most = max(most, now)
        }

        func leave() { now -= 1 }
    }

    @Test func `Operations of different keys run at once`() async throws {
        let first = OneShotSignal()
        let second = OneShotSignal()
        // Each waits for the other: one after the other they would never end.
        async let a: Void = turns.run("a") {
            first.fire()
            await second.wait()
        }
        async let b: Void = turns.run("b") {
            second.fire()
            await first.wait()
        }
        _ = try await (a, b)
    }

    @Test func `An operation that fails gives its turn to the next`() async throws {
        let error = await #expect(throws: ClusterRunnerError.self) {
            try await turns.run("a") { throw ClusterRunnerError(.failed, "no") }
        }
        #expect(error?.message == "no")
        #expect(try await turns.run("a") { 3 } == 3)
    }

    @Test func `An operation whose task is canceled leaves the queue at once, and others move up`() async throws {
        let (begun, end) = (OneShotSignal(), OneShotSignal())
        let turns = turns
        async let first: Void = turns.run("a") {
            begun.fire()
            await end.wait()
        }
        await begun.wait()
        let second = Task { try await turns.run("a") { Issue.record("It ran, though it was canceled.") } }
        while turns.waiters(for: "a") < 1 { await Task.yield() }
        let third = Task { try await turns.run("a") { 3 } }
        while turns.waiters(for: "a") < 2 { await Task.yield() }
        second.cancel()
        // The first still runs.
        await #expect(throws: CancellationError.self) { try await second.value }
        #expect(turns.waiters(for: "a") == 1)
        end.fire()
        try await first
        #expect(try await third.value == 3)
    }

    @Test func `An operation of a canceled task does not begin, though it is its turn`() async throws {
        let begin = OneShotSignal()
        let turns = turns
        let task = Task {
            // It returns at the cancellation.
            await begin.wait()
            _ = try await turns.run("a") { Issue.record("It ran, though it was canceled.") }
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await turns.run("a") { 3 } == 3)
    }
}
