/// Going on after a restart of the master.
extension Cluster {
    /// Takes up the builds that were not finished when the master ended; called once, before any event.
    ///
    /// Slaves that come back within ``ClusterPolicy/slaveTimeout`` keep what they held.
    public mutating func resume(_ stored: [StoredBuild], at now: Moment, _ decisions: inout ClusterDecisions) {
        for stored in stored.sorted(by: { $0.record.id < $1.record.id }) {
            let id = stored.record.id
            let build = BuildStateMachine(resuming: stored, awaitingSlavesUntil: now.uptime + policy.slaveTimeout)
            builds[id] = build
            decisions.builds[id] = build.record
            decisions.record(
                .buildResumed,
                at: now.wall,
                ["build_id": .integer(id), "status": .string(build.state.rawValue)]
            )
            decisions.effects.append(build.hasProject ? .restore(build: id) : .prepare(build: id))
            builds[id]?.finishIfComplete(at: now, &decisions)
            retireIfEnded(id, at: now, &decisions)
        }
    }
}
