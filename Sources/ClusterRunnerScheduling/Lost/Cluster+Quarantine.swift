import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin

/// Quarantine of slaves on which set-ups keep failing, or which cannot run atoms.
extension Cluster {
    /// Returns the quarantine of a slave; nil without one.
    func quarantine(of slave: SlaveStateMachine) -> SlaveQuarantine? { health[slave.url]?.quarantine }

    /// Records a failed set-up, which may be the slave's fault or the build's.
    ///
    /// A build that fails on several slaves is itself at fault. A slave is quarantined after failed set-ups of two
    /// builds in a row that failed nowhere else. The time doubles until a set-up succeeds on it.
    mutating func suspect(
        _ slave: SlaveStateMachine,
        build: BuildID,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) {
        if builds[build]?.setupFailures.contains(where: { $0.url != slave.url }) == true {
            for (url, health) in health where health.failedSetups.contains(build) {
                self.health[url]?.failedSetups.remove(build)
                keepHealth(of: url, &decisions)
            }
            return
        }
        health[slave.url, default: SlaveHealth(changedAt: now)].failedSetups.insert(build)
        health[slave.url]?.changedAt = now
        if health[slave.url]?.failedSetups.count ?? 0 >= 2 { beginQuarantine(of: slave, at: now, &decisions) }
        keepHealth(of: slave.url, &decisions)
    }

    /// Records that a slave, after a successful set-up, could not run an atom; mostly the slave's fault.
    ///
    /// It is quarantined at once if there is another slave, or if it failed two builds. A build that several slaves
    /// could not run is itself at fault; its failures are then removed from their records.
    mutating func strike(
        _ slave: SlaveStateMachine,
        build: BuildID,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) {
        if builds[build]?.runFailures.contains(where: { $0.url != slave.url }) == true {
            for (url, health) in health where health.failedRuns.contains(build) {
                self.health[url]?.forgiveRuns(of: build, first: policy.quarantine)
                keepHealth(of: url, &decisions)
            }
            return
        }
        health[slave.url, default: SlaveHealth(changedAt: now)].failedRuns.insert(build)
        health[slave.url]?.changedAt = now
        if hasUntried([slave.url]) || health[slave.url]?.failedBuilds.count ?? 0 >= 2 {
            beginQuarantine(of: slave, at: now, &decisions)
        }
        keepHealth(of: slave.url, &decisions)
    }

    private mutating func beginQuarantine(
        of slave: SlaveStateMachine,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) {
        health[slave.url]?.beginQuarantine(first: policy.quarantine, longest: policy.longestQuarantine, at: now)
        let builds = health[slave.url]?.failedBuilds ?? []
        decisions.record(
            .slaveQuarantined,
            at: now.wall,
            [
                "slave_id": .integer(slave.id), "url": .string(slave.url),
                "seconds": .number(health[slave.url]?.lastPause?.inSeconds ?? 0),
                "builds": .array(builds.sorted().map(JSONValue.integer)),
            ]
        )
    }

    /// Removes failed set-ups from a slave's record, after a successful one.
    mutating func absolve(_ url: String, _ decisions: inout ClusterDecisions) {
        guard health[url] != nil else { return }
        health[url]?.failedSetups = []
        if health[url]?.failedRuns.isEmpty == true { forget(url, &decisions) } else { keepHealth(of: url, &decisions) }
    }

    /// Clears the record of a slave that leaves a build in order, if it ran atoms of it.
    mutating func absolve(_ member: CrewMember?, _ decisions: inout ClusterDecisions) {
        guard let member, !member.isObstructed, member.lastReport > .zero, health[member.url] != nil else { return }
        forget(member.url, &decisions)
    }

    /// Ends expired quarantines, and forgets slaves that have been gone for long.
    mutating func expireHealth(at now: Moment, _ decisions: inout ClusterDecisions) {
        for (url, health) in health {
            self.health[url]?.endQuarantine(at: now)
            let isOld = health.changedAt.uptime + policy.healthMemory <= now.uptime
            if isOld, !slaveTable.values.contains(where: { $0.url == url && $0.isAlive }) { forget(url, &decisions) }
        }
    }

    /// Forgets the failures of a slave; a drained one stays drained.
    private mutating func forget(_ url: String, _ decisions: inout ClusterDecisions) {
        guard let old = health[url] else { return }
        health[url] = old.isDrained ? SlaveHealth(isDrained: true, changedAt: old.changedAt) : nil
        if health[url] != old { keepHealth(of: url, &decisions) }
    }

    func keepHealth(of url: String, _ decisions: inout ClusterDecisions) {
        let record = health[url].map { SlaveHealthRecord(url: url, $0) }
        decisions.others.append(.slaveHealth(url: url, record))
    }
}
