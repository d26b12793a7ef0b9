package import ClusterRunnerConcurrency
package import ClusterRunnerDomain
import ClusterRunnerPlugin

/// Slaves that people keep from new work for a while.
extension Cluster {
    /// Whether a slave gets no new work until it is resumed.
    func isDrained(_ slave: SlaveStateMachine) -> Bool { health[slave.url]?.isDrained == true }

    /// Lets a slave finish what it holds, and gives it no new work until ``undrain(slave:at:_:)``.
    ///
    /// The order holds for the address of the slave, so that it outlives the processes of slave and master.
    package mutating func drain(slave id: SlaveID, at now: Moment, _ decisions: inout ClusterDecisions) {
        guard let slave = slaveTable[id], slave.isAlive, !isDrained(slave) else { return }
        health[slave.url, default: SlaveHealth(changedAt: now)].isDrained = true
        keepHealth(of: slave.url, &decisions)
        decisions.record(.slaveDrained, at: now.wall, ["slave_id": .integer(id), "url": .string(slave.url)])
        if let build = slave.build { builds[build]?.crew[id]?.isLeaving = true }
        dismissIfDone(id, at: now, &decisions)
        // A build may have waited for this slave, because its set-up failed on the others.
        allocate(at: now, &decisions)
    }

    /// Gives a drained slave work again.
    ///
    /// It leaves a build that it still works for, and can then get any build.
    package mutating func undrain(slave id: SlaveID, at now: Moment, _ decisions: inout ClusterDecisions) {
        guard let slave = slaveTable[id], isDrained(slave) else { return }
        health[slave.url]?.isDrained = false
        if health[slave.url]?.isClean == true { health[slave.url] = nil }
        keepHealth(of: slave.url, &decisions)
        decisions.record(.slaveResumed, at: now.wall, ["slave_id": .integer(id), "url": .string(slave.url)])
        allocate(at: now, &decisions)
    }
}
