package import ClusterRunnerConcurrency
package import ClusterRunnerDomain
import ClusterRunnerPlugin

/// Reconciliation of the leases that slaves name with those that they hold.
extension Cluster {
    /// Handles a heartbeat, which names the leases with work in a build.
    ///
    /// Leases that the slave holds but does not name are sent again: the slave has either reported them already, and
    /// ignores the repetition, or the first message was lost.
    ///
    /// - Returns: the named leases that are no longer valid, which is recorded; nil when the master does not count on
    ///   the slave.
    package mutating func heartbeat(
        slave: SlaveID,
        _ heartbeat: SlaveHeartbeat,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) -> [LeaseID]? {
        let wasReachable = isReachable(slave, at: now)
        guard heard(from: slave, at: now) else { return nil }
        if !wasReachable { pickUp(slave, at: now, &decisions) }
        let unheard = heartbeat.build.flatMap { build in
            builds[build]?.grants(of: slave, notAmong: heartbeat.leases, since: now.uptime - policy.deliveryTime)
        }
        if let unheard, !unheard.isEmpty { decisions.effects.append(.instruct(slave: slave, .run(unheard))) }
        noteRunning(heartbeat, on: slave, at: now, &decisions)
        let lost = lostLeases(among: heartbeat.leases, build: heartbeat.build, of: slave)
        if !lost.isEmpty {
            decisions.record(
                .masterRefusedLeases,
                at: now.wall,
                [
                    "build_id": heartbeat.build.map(JSONValue.integer) ?? .null, "slave_id": .integer(slave),
                    "leases": .array(lost.map(JSONValue.integer)),
                ]
            )
        }
        return lost
    }

    /// Records the atoms that a slave runs, except those that it does not hold.
    private mutating func noteRunning(
        _ heartbeat: SlaveHeartbeat,
        on slave: SlaveID,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) {
        guard let build = heartbeat.build else { return }
        for running in heartbeat.running where objection(to: running.claim, build: build, from: slave) == nil {
            builds[build]?.begun(running, on: slave, at: now, &decisions)
        }
    }

    /// Returns those of the leases under which a slave holds nothing.
    func lostLeases(among leases: [LeaseID], build: BuildID?, of slave: SlaveID) -> [LeaseID] {
        guard !leases.isEmpty else { return [] }
        let held = build.flatMap { builds[$0]?.leases(of: slave) } ?? []
        return Set(leases).subtracting(held).sorted()
    }
}
