/// Slaves on which set-ups keep failing.
extension Cluster {
    /// How long a slave gets no build, if it is kept out.
    func quarantine(of slave: SlaveStateMachine) -> SlaveHealth.Quarantine? { health[slave.url]?.quarantine }

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
        let failed = health[slave.url]?.failedSetups ?? []
        if failed.count >= 2 {
            health[slave.url]?.beginQuarantine(first: policy.quarantine, longest: policy.longestQuarantine, at: now)
            decisions.record(
                .slaveQuarantined,
                at: now.wall,
                [
                    "slave_id": .integer(slave.id), "url": .string(slave.url),
                    "seconds": .number(health[slave.url]?.lastPause?.inSeconds ?? 0),
                    "builds": .array(failed.sorted().map(JSONValue.integer)),
                ]
            )
        }
        keepHealth(of: slave.url, &decisions)
    }

    /// A set-up succeeded: nothing speaks against the slave any more.
    mutating func absolve(_ url: String, _ decisions: inout ClusterDecisions) {
        if health.removeValue(forKey: url) != nil { keepHealth(of: url, &decisions) }
    }

    /// Ends the quarantines whose time is over, and forgets slaves that have been gone for long.
    mutating func expireHealth(at now: Moment, _ decisions: inout ClusterDecisions) {
        for (url, health) in health {
            self.health[url]?.endQuarantine(at: now)
            let isOld = health.changedAt.uptime + policy.healthMemory <= now.uptime
            if isOld, !slaveTable.values.contains(where: { $0.url == url && $0.isAlive }) { absolve(url, &decisions) }
        }
    }

    private func keepHealth(of url: String, _ decisions: inout ClusterDecisions) {
        let record = health[url].map { SlaveHealthRecord(url: url, $0) }
        decisions.others.append(.slaveHealth(url: url, record))
    }
}
