import ClusterRunnerConcurrency
package import ClusterRunnerDomain

/// What speaks against a slave, by its `host:port`; it outlives the process of the slave and that of the master.
package struct SlaveHealth: Sendable, Equatable {
    /// The builds whose set-ups failed there, and nowhere else, since one last succeeded.
    var failedSetups: Set<Int> = []
    /// The builds of which it could not run atoms that others could, since it last served one in order.
    var failedRuns: Set<Int> = []
    /// How long its last quarantine was.
    var lastPause: Duration?
    /// Until when it gets no build.
    package internal(set) var quarantine: SlaveQuarantine?
    /// When it last failed a build.
    var changedAt: Moment

    /// The builds that it failed.
    var failedBuilds: Set<Int> { failedSetups.union(failedRuns) }

    /// Begins a quarantine, each time for twice as long.
    mutating func beginQuarantine(first: Duration, longest: Duration, at now: Moment) {
        let pause = min(longest, lastPause.map { $0 * 2 } ?? first)
        lastPause = pause
        quarantine = SlaveQuarantine(until: now.advanced(by: pause), pause: pause)
    }

    /// Takes back what was held against it because of a build whose atoms others could not run either.
    mutating func forgiveRuns(of build: Int, first: Duration) {
        guard failedRuns.remove(build) != nil, failedRuns.isEmpty, failedSetups.count < 2 else { return }
        quarantine = nil
        lastPause = lastPause.flatMap { $0 > first ? $0 / 2 : nil }
    }

    /// Ends the quarantine when it is time.
    mutating func endQuarantine(at now: Moment) {
        if let quarantine, quarantine.until.uptime <= now.uptime { self.quarantine = nil }
    }
}

extension SlaveHealth {
    /// Takes up what was kept of it; a clock that was set meanwhile makes no quarantine longer than it was.
    init(_ record: SlaveHealthRecord, at now: Moment) {
        failedSetups = Set(record.failedSetups)
        failedRuns = Set(record.failedRuns)
        changedAt = now
        guard let seconds = record.lastPause, seconds.isFinite else { return }
        let pause = Duration.seconds(seconds)
        lastPause = pause
        guard let until = record.quarantinedUntil, until > now.wall else { return }
        let left = Duration.seconds(min(until - now.wall, seconds))
        quarantine = SlaveQuarantine(until: now.advanced(by: left), pause: pause)
    }
}

extension SlaveHealthRecord {
    init(url: String, _ health: SlaveHealth) {
        self.init(
            url: url,
            failedSetups: health.failedSetups.sorted(),
            failedRuns: health.failedRuns.sorted(),
            lastPause: health.lastPause?.inSeconds,
            quarantinedUntil: health.quarantine?.until.wall,
            changedAt: health.changedAt.wall
        )
    }
}
