import ClusterRunnerConcurrency
package import ClusterRunnerDomain

/// The failures and the quarantine of a slave, and whether it is drained, by its `host:port`; they outlive the processes
/// of slave and master.
package struct SlaveHealth: Sendable, Equatable {
    /// The builds whose set-ups failed on this slave only, since its last successful one.
    var failedSetups: Set<BuildID> = []
    /// The builds whose atoms it could not run although others could, since it last left a build in order.
    var failedRuns: Set<BuildID> = []
    /// Length of its last quarantine.
    var lastPause: Duration?
    /// Its current quarantine.
    package internal(set) var quarantine: SlaveQuarantine?
    /// Whether it gets no new work until somebody resumes it.
    var isDrained = false
    /// The time of its last failure.
    var changedAt: Moment

    /// Whether nothing is held against it.
    var isClean: Bool { failedBuilds.isEmpty && lastPause == nil && quarantine == nil && !isDrained }

    /// The builds that it failed.
    var failedBuilds: Set<BuildID> { failedSetups.union(failedRuns) }

    /// Begins a quarantine, each time twice as long.
    mutating func beginQuarantine(first: Duration, longest: Duration, at now: Moment) {
        let pause = min(longest, lastPause.map { $0 * 2 } ?? first)
        lastPause = pause
        quarantine = SlaveQuarantine(until: now.advanced(by: pause), pause: pause)
    }

    /// Removes a build that other slaves could not run either, with its effect on the quarantine.
    mutating func forgiveRuns(of build: BuildID, first: Duration) {
        guard failedRuns.remove(build) != nil, failedRuns.isEmpty, failedSetups.count < 2 else { return }
        quarantine = nil
        lastPause = lastPause.flatMap { $0 > first ? $0 / 2 : nil }
    }

    /// Ends an expired quarantine.
    mutating func endQuarantine(at now: Moment) {
        if let quarantine, quarantine.until.uptime <= now.uptime { self.quarantine = nil }
    }
}

extension SlaveHealth {
    /// Restores a stored record; a change of the clock meanwhile makes no quarantine longer than it was.
    init(_ record: SlaveHealthRecord, at now: Moment) {
        failedSetups = Set(record.failedSetups)
        failedRuns = Set(record.failedRuns)
        isDrained = record.isDrained
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
            isDrained: health.isDrained,
            changedAt: health.changedAt.wall
        )
    }
}
