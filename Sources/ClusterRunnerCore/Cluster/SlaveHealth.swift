/// What speaks against a slave, by its `host:port`; it outlives the process of the slave and that of the master.
public struct SlaveHealth: Sendable, Equatable {
    /// The builds whose set-ups failed there, and nowhere else, since one last succeeded.
    var failedSetups: Set<Int> = []
    /// How long its last quarantine was.
    var lastPause: Duration?
    /// Until when it gets no build.
    public internal(set) var quarantine: Quarantine?
    /// When the last of the set-ups failed.
    var changedAt: Moment

    /// A time during which a slave gets no build.
    public struct Quarantine: Sendable, Equatable {
        /// When it ends.
        public let until: Moment
        /// How long it is.
        public let pause: Duration
    }

    /// Begins a quarantine, each time for twice as long.
    mutating func beginQuarantine(first: Duration, longest: Duration, at now: Moment) {
        let pause = min(longest, lastPause.map { $0 * 2 } ?? first)
        lastPause = pause
        quarantine = Quarantine(until: now.advanced(by: pause), pause: pause)
    }

    /// Ends the quarantine when it is time.
    mutating func endQuarantine(at now: Moment) {
        if let quarantine, quarantine.until.uptime <= now.uptime { self.quarantine = nil }
    }
}

/// What is kept of a slave's ``SlaveHealth``.
public struct SlaveHealthRecord: Sendable, Equatable {
    /// The slave's `host:port`.
    public let url: String
    /// The builds whose set-ups failed there, and nowhere else, since one last succeeded.
    public let failedSetups: [Int]
    /// How many seconds its last quarantine was; nil when there was none.
    public let lastPause: Double?
    /// When that ends, in seconds since 1970.
    public let quarantinedUntil: Double?
    /// When the last of the set-ups failed, in seconds since 1970.
    public let changedAt: Double

    /// Creates a record.
    public init(url: String, failedSetups: [Int], lastPause: Double?, quarantinedUntil: Double?, changedAt: Double) {
        self.url = url
        self.failedSetups = failedSetups
        self.lastPause = lastPause
        self.quarantinedUntil = quarantinedUntil
        self.changedAt = changedAt
    }

    init(url: String, _ health: SlaveHealth) {
        self.init(
            url: url,
            failedSetups: health.failedSetups.sorted(),
            lastPause: health.lastPause?.inSeconds,
            quarantinedUntil: health.quarantine?.until.wall,
            changedAt: health.changedAt.wall
        )
    }
}

extension SlaveHealth {
    /// Takes up what was kept of it; a clock that was set meanwhile makes no quarantine longer than it was.
    init(_ record: SlaveHealthRecord, at now: Moment) {
        failedSetups = Set(record.failedSetups)
        changedAt = now
        guard let seconds = record.lastPause, seconds.isFinite else { return }
        let pause = Duration.seconds(seconds)
        lastPause = pause
        guard let until = record.quarantinedUntil, until > now.wall else { return }
        let left = Duration.seconds(min(until - now.wall, seconds))
        quarantine = Quarantine(until: now.advanced(by: left), pause: pause)
    }
}
