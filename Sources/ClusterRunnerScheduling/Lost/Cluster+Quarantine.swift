import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin

/// Slaves on which set-ups keep failing, or that cannot run atoms.
extension Cluster {
    /// How long a slave gets no build, if it is kept out.
    func quarantine(of slave: SlaveStateMachine) -> SlaveQuarantine? { health[slave.url]?.quarantine }

    /// A set-up failed, which may be the slave's fault or the build's.
    ///
    /// A build that fails on several slaves is to blame itself. A slave on which two builds in a row failed that failed
    /// nowhere else is kept out for a while, which doubles until a set-up succeeds on it.
    mutating func suspect(_ slave: SlaveStateMachine, build: Int, at now: Moment, _ decisions: inout ClusterDecisions) {
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

    /// A slave that had set a build up could not run an atom of it, which is mostly the slave's fault.
    ///
    /// It is kept out at once if another slave is there, or if it failed two builds. A build that several slaves could not
    /// run is to blame itself, and what it brought upon them is taken back.
    mutating func strike(_ slave: SlaveStateMachine, build: Int, at now: Moment, _ decisions: inout ClusterDecisions) {
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

    /// A set-up succeeded: no failed one speaks against the slave any more.
    mutating func absolve(_ url: String, _ decisions: inout ClusterDecisions) {
        guard health[url] != nil else { return }
        health[url]?.failedSetups = []
        if health[url]?.failedRuns.isEmpty == true { health[url] = nil }
        keepHealth(of: url, &decisions)
    }

    /// A slave leaves a build in order; if it ran atoms of it, nothing speaks against it any more.
    mutating func absolve(_ member: CrewMember?, _ decisions: inout ClusterDecisions) {
        guard let member, !member.isObstructed, member.lastReport > .zero, health[member.url] != nil else { return }
        forget(member.url, &decisions)
    }

    /// Ends the quarantines whose time is over, and forgets slaves that have been gone for long.
    mutating func expireHealth(at now: Moment, _ decisions: inout ClusterDecisions) {
        for (url, health) in health {
            self.health[url]?.endQuarantine(at: now)
            let isOld = health.changedAt.uptime + policy.healthMemory <= now.uptime
            if isOld, !slaveTable.values.contains(where: { $0.url == url && $0.isAlive }) { forget(url, &decisions) }
        }
    }

    private mutating func forget(_ url: String, _ decisions: inout ClusterDecisions) {
        if health.removeValue(forKey: url) != nil { keepHealth(of: url, &decisions) }
    }

    private func keepHealth(of url: String, _ decisions: inout ClusterDecisions) {
        let record = health[url].map { SlaveHealthRecord(url: url, $0) }
        decisions.others.append(.slaveHealth(url: url, record))
    }
}
