import ClusterRunnerConcurrency
import ClusterRunnerDomain

/// The executor and the start of each running atom.
extension BuildStateMachine {
    /// Records a slave's valid statement that it runs an atom.
    ///
    /// If two slaves run it, the first one stated is shown until there is a result.
    mutating func begun(
        _ running: RunningAtom,
        on slave: SlaveID,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) {
        let (index, position) = (running.claim.subjob, running.claim.atom)
        crew[slave]?.runs(running.claim, since: now.uptime - .seconds(running.age))
        guard subjobs[index].atoms[position].startedAt == nil else { return }
        subjobs[index].atoms[position].slaveID = slave
        subjobs[index].atoms[position].executor = running.executor
        subjobs[index].atoms[position].startedAt = now.wall - running.age
        decisions.atoms.append(subjobs[index].atoms[position])
    }

    /// Records the slave, executor and start of an atom whose result counts.
    mutating func ran(_ report: AtomReport, on slave: SlaveID, at now: Moment) {
        subjobs[report.subjob].atoms[report.atom].slaveID = slave
        subjobs[report.subjob].atoms[report.atom].executor = report.executor
        subjobs[report.subjob].atoms[report.atom].startedAt = now.wall - (report.age ?? report.result.seconds)
    }

    /// Clears the slave, executor and start of an atom that will be run again.
    ///
    /// - Returns: Whether the record changed and must be stored.
    mutating func forgetRun(_ index: SubjobID, _ position: AtomIndex) -> Bool {
        guard subjobs[index].atoms[position].startedAt != nil else { return false }
        subjobs[index].atoms[position].slaveID = nil
        subjobs[index].atoms[position].executor = nil
        subjobs[index].atoms[position].startedAt = nil
        return true
    }

    /// Clears the runs of atoms that no slave may continue after a restart.
    mutating func forgetLostRuns(_ decisions: inout ClusterDecisions) {
        for index in subjobs.ids where subjobs[index].open > 0 {
            for position in subjobs[index].atoms.ids
            where subjobs[index].atoms[position].state == .notStarted && forgetRun(index, position) {
                decisions.atoms.append(subjobs[index].atoms[position])
            }
        }
    }
}
