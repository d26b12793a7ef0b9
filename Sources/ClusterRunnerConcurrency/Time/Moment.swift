/// A point in time: wall clock and uptime.
///
/// Wall time is for records that people read; it may jump. Deadlines are measured in uptime, which does not.
package struct Moment: Sendable, Equatable {
    /// Seconds since 1970.
    package let wall: Double
    /// Monotonic time since some fixed point of this process.
    package let uptime: Duration

    /// Creates a moment.
    package init(wall: Double, uptime: Duration) {
        self.wall = wall
        self.uptime = uptime
    }

    /// Returns the moment after a duration, on the assumption that the wall clock is not set meanwhile.
    package func advanced(by duration: Duration) -> Self {
        Self(wall: wall + duration.inSeconds, uptime: uptime + duration)
    }
}
