import ClusterRunnerConcurrency
import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct KeyedQueueTests {
    private let turns = KeyedQueue()

    @Test func `Operations of one key never overlap`() async {
        let gauge = Gauge()
        await withDiscardingTaskGroup { group in
            for _ in 0..<50 {
                group.addTask { @concurrent in
                    await turns.run("a") {
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

    @Test func `Operations of different keys run at once`() async {
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
        _ = await (a, b)
    }

    @Test func `An operation that fails gives its turn to the next`() async throws {
        let error = await #expect(throws: ClusterRunnerError.self) {
            try await turns.run("a") { throw ClusterRunnerError(.failed, "no") }
        }
        #expect(error?.message == "no")
        #expect(await turns.run("a") { 3 } == 3)
    }
}
