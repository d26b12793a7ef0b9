package import ClusterRunnerConcurrency
package import ClusterRunnerDomain
import ClusterRunnerPlugin

/// What slaves believe to hold, and what they do hold.
extension Cluster {
    /// A slave gave a sign of life, and named the leases under which it has work in a build.
    ///
    /// What it holds and does not name is sent once more: it has either reported that, and ignores it, or never heard of
    /// it, because the message was lost on its way.
    ///
    /// - Returns: Those of the leases that count no more, which is recorded; nil when the master does not count on the
    ///   slave.
    package mutating func heartbeat(
        slave: Int,
        _ heartbeat: SlaveHeartbeat,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) -> [LeaseID]? {
        guard heard(from: slave, at: now) else { return nil }
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

    /// Takes note of the atoms that a slave runs; those that it does not hold (any more) are left out.
    private mutating func noteRunning(
        _ heartbeat: SlaveHeartbeat,
        on slave: Int,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) {
        guard let build = heartbeat.build else { return }
        for running in heartbeat.running where objection(to: running.claim, build: build, from: slave) == nil {
            builds[build]?.begun(running, on: slave, at: now, &decisions)
        }
    }

    /// Those leases under which a slave holds nothing (any more).
    func lostLeases(among leases: [LeaseID], build: Int?, of slave: Int) -> [LeaseID] {
        guard !leases.isEmpty else { return [] }
        let held = build.flatMap { builds[$0]?.leases(of: slave) } ?? []
        return Set(leases).subtracting(held).sorted()
    }
}
