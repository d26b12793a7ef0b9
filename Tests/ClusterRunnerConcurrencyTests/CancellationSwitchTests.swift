import ClusterRunnerConcurrency
import Testing

@Suite struct CancellationSwitchTests {
    private struct Fault: Error {}

    /// Runs until it is canceled.
    private func forever(_ started: OneShotSignal) async throws {
        started.fire()
        await OneShotSignal().wait()
        try Task.checkCancellation()
    }

    @Test func `What the operation returns or throws comes through`() async throws {
        let killSwitch = CancellationSwitch()
        #expect(try await killSwitch.run { 42 } == 42)
        await #expect(throws: Fault.self) { try await killSwitch.run { throw Fault() } }
        #expect(!killSwitch.isCanceled)
    }

    @Test func `Throwing the switch cancels every operation that runs`() async throws {
        let killSwitch = CancellationSwitch()
        let started = [OneShotSignal(), OneShotSignal()]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for signal in started {
                group.addTask {
                    await #expect(throws: CancellationError.self) {
                        try await killSwitch.run { try await forever(signal) }
                    }
                }
            }
            for signal in started { await signal.wait() }
            killSwitch.cancel()
            try await group.waitForAll()
        }
        #expect(killSwitch.isCanceled)
    }

    @Test func `Operations that come after the switch was thrown are canceled at once`() async {
        let killSwitch = CancellationSwitch()
        killSwitch.cancel()
        killSwitch.cancel()
        await #expect(throws: CancellationError.self) {
            try await killSwitch.run { try await forever(OneShotSignal()) }
        }
    }

    @Test func `An operation that does not care has ended when run returns, and still counts as canceled`() async {
        let killSwitch = CancellationSwitch()
        let ended = OneShotSignal()
        await #expect(throws: CancellationError.self) {
            try await killSwitch.run {
                killSwitch.cancel()
                ended.fire()
            }
        }
        #expect(ended.hasFired)
    }

    @Test func `Canceling the surrounding task cancels the operation, but not the switch`() async {
        let killSwitch = CancellationSwitch()
        let started = OneShotSignal()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await #expect(throws: CancellationError.self) {
                    try await killSwitch.run { try await forever(started) }
                }
            }
            await started.wait()
            group.cancelAll()
        }
        #expect(!killSwitch.isCanceled)
    }
}
