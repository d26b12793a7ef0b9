import ClusterRunnerConcurrency
import Testing

@Suite struct OneShotSignalTests {
    @Test func `Everybody who waits is woken, and who comes later does not wait`() async {
        let signal = OneShotSignal()
        #expect(!signal.hasFired)
        await withDiscardingTaskGroup { group in
            for _ in 0..<100 { group.addTask { await signal.wait() } }
            group.addTask { signal.fire() }
        }
        #expect(signal.hasFired)
        await signal.wait()
    }

    @Test func `Firing again does nothing`() async {
        let signal = OneShotSignal()
        signal.fire()
        signal.fire()
        await signal.wait()
        #expect(signal.hasFired)
    }

    @Test func `A canceled task waits no longer, and the signal has not fired for it`() async {
        let signal = OneShotSignal()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await signal.wait() }
            group.cancelAll()
        }
        #expect(!signal.hasFired)
        signal.fire()
        #expect(signal.hasFired)
    }
}
