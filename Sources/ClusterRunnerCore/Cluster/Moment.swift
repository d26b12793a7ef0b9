/// A point in time as decisions see it: what the wall clock shows, and how long the machine has run.
///
/// Wall time is for records that people read; it may jump. Deadlines are measured in uptime, which does not.
public struct Moment: Sendable, Equatable {
    /// Seconds since 1970.
    public let wall: Double
    /// Monotonic time since some fixed point of this process.
    public let uptime: Duration

    /// Creates a moment.
    public init(wall: Double, uptime: Duration) {
        self.wall = wall
        self.uptime = uptime
    }

    /// The moment so much later, if nobody sets the clock meanwhile.
    func advanced(by duration: Duration) -> Self {
        Self(wall: wall + duration.inSeconds, uptime: uptime + duration)
    }
}
