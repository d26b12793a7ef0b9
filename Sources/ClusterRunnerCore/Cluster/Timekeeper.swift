import Foundation

/// Tells the time and waits, over a clock that tests may control.
public struct Timekeeper: Sendable {
    private let clock: any Clock<Duration>
    private let wall: @Sendable () -> Double
    private let uptime: @Sendable () -> Duration

    /// Creates a timekeeper over a clock, which starts to count now.
    public init<C: Clock<Duration>>(clock: C, wall: @escaping @Sendable () -> Double) {
        let start = clock.now
        self.clock = clock
        self.wall = wall
        uptime = { start.duration(to: clock.now) }
    }

    /// The system's clocks.
    public static func system() -> Self {
        Self(clock: ContinuousClock()) { Date().timeIntervalSince1970 }
    }

    /// Now.
    public var now: Moment { Moment(wall: wall(), uptime: uptime()) }

    /// Waits until the uptime has reached a value; returns at once when it has.
    ///
    /// - Throws: `CancellationError` when the surrounding task is canceled meanwhile.
    public func sleep(untilUptime deadline: Duration) async throws {
        try await sleep(for: deadline - uptime())
    }

    /// Waits for a duration; returns at once when that is not positive.
    ///
    /// - Throws: `CancellationError` when the surrounding task is canceled meanwhile.
    public func sleep(for duration: Duration) async throws {
        guard duration > .zero else { return try Task.checkCancellation() }
        try await clock.sleep(for: duration)
    }
}
