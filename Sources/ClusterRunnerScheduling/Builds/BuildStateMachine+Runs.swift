import ClusterRunnerConcurrency
import ClusterRunnerDomain

/// Which executor runs an atom, and since when.
extension BuildStateMachine {
    /// A slave says that it runs an atom, to which there is no objection.
    ///
    /// Of two slaves that run it, the first to say so is shown until there is a result.
    mutating func begun(
        _ running: RunningAtom,
        on slave: Int,
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

    /// Notes where and when an atom ran whose result counts.
    mutating func ran(_ report: AtomReport, on slave: Int, at now: Moment) {
        subjobs[report.subjob].atoms[report.atom].slaveID = slave
        subjobs[report.subjob].atoms[report.atom].executor = report.executor
        subjobs[report.subjob].atoms[report.atom].startedAt = now.wall - (report.age ?? report.result.seconds)
    }

    /// Forgets where an atom ran that is to be run again.
    ///
    /// - Returns: Whether there was something to forget, which the store must be told.
    mutating func forgetRun(_ index: Int, _ position: Int) -> Bool {
        guard subjobs[index].atoms[position].startedAt != nil else { return false }
        subjobs[index].atoms[position].slaveID = nil
        subjobs[index].atoms[position].executor = nil
        subjobs[index].atoms[position].startedAt = nil
        return true
    }

    /// Forgets the runs of atoms that nobody may go on with after a restart.
    mutating func forgetLostRuns(_ decisions: inout ClusterDecisions) {
        for index in subjobs.indices where subjobs[index].open > 0 {
            for position in subjobs[index].atoms.indices
            where subjobs[index].atoms[position].state == .notStarted && forgetRun(index, position) {
                decisions.atoms.append(subjobs[index].atoms[position])
            }
        }
    }
}
