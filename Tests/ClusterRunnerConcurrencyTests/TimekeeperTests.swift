import ClusterRunnerConcurrency
import Testing

@Suite struct TimekeeperTests {
    @Test func `Uptime counts from the start and wall time is what the wall clock shows`() {
        let clock = SetClock()
        clock.set(.seconds(5))
        let timekeeper = Timekeeper(clock: clock) { 1234 }
        clock.set(.seconds(8))
        #expect(timekeeper.now == Moment(wall: 1234, uptime: .seconds(3)))
    }

    @Test func `Sleeping until a moment sleeps for what is left of the time until then`() async throws {
        let clock = SetClock()
        let timekeeper = Timekeeper(clock: clock) { 0 }
        clock.set(.seconds(4))
        try await timekeeper.sleep(untilUptime: .seconds(10))
        #expect(timekeeper.now.uptime == .seconds(10))
        try await timekeeper.sleep(for: .seconds(2))
        #expect(timekeeper.now.uptime == .seconds(12))
    }

    @Test func `A moment that has passed is not waited for`() async throws {
        let clock = SetClock()
        let timekeeper = Timekeeper(clock: clock) { 0 }
        clock.set(.seconds(4))
        try await timekeeper.sleep(untilUptime: .seconds(3))
        try await timekeeper.sleep(for: .zero)
        #expect(timekeeper.now.uptime == .seconds(4))
    }

    @Test func `A canceled task does not go on, even when there is nothing to wait for`() async {
        await withTaskGroup(of: Void.self) { group in
            group.cancelAll()
            group.addTask {
                await #expect(throws: CancellationError.self) {
                    try await Timekeeper.system().sleep(for: .zero)
                }
                await #expect(throws: CancellationError.self) {
                    try await Timekeeper.system().sleep(for: .seconds(3600))
                }
            }
        }
    }

    @Test(arguments: [(Duration.milliseconds(1500), 1.5), (.zero, 0), (.seconds(-2), -2), (.nanoseconds(1), 1e-9)])
    func `A duration in seconds keeps its fraction`(duration: Duration, seconds: Double) {
        #expect(duration.inSeconds == seconds)
    }
}
