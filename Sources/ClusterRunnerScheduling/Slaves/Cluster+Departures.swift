package import ClusterRunnerConcurrency
package import ClusterRunnerDomain
import ClusterRunnerPlugin

/// Slaves that leave, or are given up.
extension Cluster {
    /// Tells a slave to shut down: it gets no more work, finishes its current work, and exits.
    ///
    /// `isDismissal` says that the request does not come from the slave itself.
    package mutating func shutDown(
        slave: SlaveID,
        isDismissal: Bool = true,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) {
        if isDismissal { slaveTable[slave]?.isDismissed = true }
        guard slaveTable[slave]?.isAlive == true, slaveTable[slave]?.isShuttingDown == false else { return }
        slaveTable[slave]?.isShuttingDown = true
        for build in builds.keys { builds[build]?.crew[slave]?.isLeaving = true }
        decisions.record(.slaveShutdown, at: now.wall, ["slave_id": .integer(slave)])
        decisions.effects.append(.instruct(slave: slave, .shutDown))
        dismissIfDone(slave, at: now, &decisions)
        // A build may have waited for this slave, because its set-up failed on the others.
        allocate(at: now, &decisions)
    }

    /// Handles the goodbye of a slave, which has no work left and exits.
    package mutating func left(slave: SlaveID, at now: Moment, _ decisions: inout ClusterDecisions) {
        slaveTable[slave]?.isShuttingDown = true
        slaveTable[slave]?.lastSeen = now.uptime
        lose([slave], .left, reason: "it shut down", at: now, &decisions)
    }

    /// Handles expired times: gives up slaves that were silent for too long, ends quarantines, and ends the wait for
    /// slaves that did not return after a restart.
    package mutating func expireSlaves(at now: Moment, _ decisions: inout ClusterDecisions) {
        expireHealth(at: now, &decisions)
        for slave in departedSlaves where slave.lastSeen + policy.departedMemory <= now.uptime {
            slaveTable[slave.id] = nil
        }
        let silent = slaveTable.values.filter { $0.isAlive && $0.lastSeen + policy.slaveTimeout <= now.uptime }
        let reason = "no sign of life for \(policy.slaveTimeout)"
        // Before any grant, which could go to one of them.
        lose(silent.map(\.id).sorted(), .silent, reason: reason, at: now, &decisions)
        for id in builds.keys.sorted() where builds[id]?.awaitedUntil.map({ $0 <= now.uptime }) == true {
            builds[id]?.stopAwaiting(at: now, &decisions)
            proceed(with: [id], at: now, &decisions)
        }
        for id in builds.keys.sorted() { runStragglersTwice(of: id, at: now, &decisions) }
    }

    /// The uptime at which ``expireSlaves(at:_:)`` is next due if all slaves stay silent; nil means never.
    package var nextExpiry: Duration? {
        let losses = slaveTable.values.filter(\.isAlive).map { $0.lastSeen + policy.slaveTimeout }
        let quarantines = health.values.compactMap { $0.quarantine?.until.uptime }
        let secondRuns = builds.values.compactMap { $0.nextSecondRun(policy) }
        let departures = departedSlaves.map { $0.lastSeen + policy.departedMemory }
        return (losses + departures + quarantines + secondRuns + builds.values.compactMap(\.awaitedUntil)).min()
    }

    /// The slaves that left or were lost and are still listed.
    private var departedSlaves: [SlaveStateMachine] { slaveTable.values.filter { !$0.isAlive } }

    /// Gives up slaves, all of them before any of their work is granted again: otherwise it could move from one lost
    /// slave to the next, each time at the cost of its budget.
    mutating func lose(
        _ slaves: [SlaveID],
        _ departure: SlaveDeparture,
        reason: String,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) {
        let builds = slaves.compactMap { giveUp($0, departure, reason: reason, at: now, &decisions) }
        proceed(with: Set(builds).sorted(), at: now, &decisions)
    }

    /// Marks a slave as lost.
    ///
    /// - Returns: The build that it worked for.
    private mutating func giveUp(
        _ id: SlaveID,
        _ departure: SlaveDeparture,
        reason: String,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) -> BuildID? {
        guard let slave = slaveTable[id], slave.isAlive else { return nil }
        slaveTable[id]?.phase = .lost
        departures += 1
        slaveTable[id]?.isConnected = false
        let leases = slave.build.flatMap { builds[$0]?.leases(of: id) } ?? []
        decisions.record(
            .slaveLost,
            at: now.wall,
            [
                "slave_id": .integer(id), "url": .string(slave.url), "kind": .string(departure.rawValue),
                "reason": .string(reason), "leases": .array(leases.map(JSONValue.integer)),
            ]
        )
        decisions.effects.append(.disconnect(slave: id))
        guard let build = slave.build else { return nil }
        builds[build]?.lose(slave: id, url: slave.url, budget: policy.lossBudget, &decisions)
        return build
    }
}
