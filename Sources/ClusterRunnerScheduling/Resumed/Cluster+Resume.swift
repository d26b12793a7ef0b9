package import ClusterRunnerConcurrency
package import ClusterRunnerDomain
import ClusterRunnerPlugin

/// Continuation after a restart of the master.
extension Cluster {
    /// Resumes the builds that were unfinished when the master ended; called once, before any event.
    ///
    /// Slaves that return within ``ClusterPolicy/slaveTimeout`` keep their work. `health` has the stored records of
    /// slaves.
    package mutating func resume(
        _ stored: [StoredBuild],
        health: [SlaveHealthRecord] = [],
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) {
        for record in health { self.health[record.url] = SlaveHealth(record, at: now) }
        for stored in stored.sorted(by: { $0.record.id < $1.record.id }) {
            let id = stored.record.id
            let build = BuildStateMachine(resuming: stored, awaitingSlavesUntil: now.uptime + policy.slaveTimeout)
            builds[id] = build
            builds[id]?.isTraced = policy.tracesBuilds
            builds[id]?.keptCaseBuilds = policy.keptCaseBuilds
            builds[id]?.forgetLostRuns(&decisions)
            decisions.builds[id] = build.record
            decisions.record(
                .buildResumed,
                at: now.wall,
                ["build_id": .integer(id), "status": .string(build.state.rawValue)]
            )
            decisions.effects.append(build.hasProject ? .restore(build: id) : .prepare(build: id))
            endIfComplete(id, at: now, &decisions)
        }
    }
}
