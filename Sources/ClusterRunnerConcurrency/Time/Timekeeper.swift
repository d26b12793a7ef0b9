import Foundation

/// A clock for reading the time and for waiting; tests may control it.
package struct Timekeeper: Sendable {
    private let clock: any Clock<Duration>
    private let wall: @Sendable () -> Double
    private let uptime: @Sendable () -> Duration

    /// Creates a timekeeper over a clock; its uptime starts at zero.
    package init<C: Clock<Duration>>(clock: C, wall: @escaping @Sendable () -> Double) {
        let start = clock.now
        self.clock = clock
        self.wall = wall
        uptime = { start.duration(to: clock.now) }
    }

    /// Returns a timekeeper over the system's clocks.
    package static func system() -> Self {
        Self(clock: ContinuousClock()) { Date().timeIntervalSince1970 }
    }

    /// The current moment.
    package var now: Moment { Moment(wall: wall(), uptime: uptime()) }

    /// Waits until the uptime has reached a value; returns at once if it already has.
    ///
    /// - Throws: `CancellationError` when the surrounding task is canceled meanwhile.
    package func sleep(untilUptime deadline: Duration) async throws {
        try await sleep(for: deadline - uptime())
    }

    /// Waits for a duration; returns at once unless it is positive.
    ///
    /// - Throws: `CancellationError` when the surrounding task is canceled meanwhile.
    package func sleep(for duration: Duration) async throws {
        guard duration > .zero else { return try Task.checkCancellation() }
        try await clock.sleep(for: duration)
    }
}
