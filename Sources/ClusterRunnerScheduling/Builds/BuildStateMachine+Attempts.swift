import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin

/// Attempts that do not count: failures that are retried, and runs that met an obstacle.
extension BuildStateMachine {
    /// Whether the build begins no more atoms, because an atom of a job with `fail_fast` has finally failed.
    var isFailingFast: Bool { record.job?.failFast == true && record.progress.failedAtoms > 0 }

    /// Whether a valid report is final for its atom, so that its result counts.
    private func counts(_ report: AtomReport) -> Bool {
        guard report.obstacle == nil else { return false }
        let failures = subjobs[report.subjob].atoms[report.atom].attempts + 1
        return !report.result.isFailure || isFailingFast || failures > record.job?.retries ?? 0
    }

    /// Judges a slave's report of an atom.
    func verdict(on report: AtomReport, from slave: SlaveID) -> ReportVerdict {
        if let reason = objection(to: report.claim, from: slave) { return .refused(reason) }
        return counts(report) ? .result : .attempt(subjobs[report.subjob].atoms[report.atom].runs + 1)
    }

    /// Stores an attempt that does not count, the latest in the atom's record.
    private mutating func keepAttempt(
        _ report: AtomReport,
        from slave: SlaveID,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) {
        var result = report.result
        if let obstacle = report.obstacle { result.cause = obstacle.reason }
        let attempt = AttemptRecord(
            buildID: id,
            subjobID: report.subjob,
            atomID: report.atom,
            number: subjobs[report.subjob].atoms[report.atom].runs,
            result: result,
            isObstructed: report.obstacle != nil,
            slaveID: slave,
            executor: report.executor,
            startedAt: now.wall - (report.age ?? report.result.seconds)
        )
        decisions.others.append(.attempt(attempt))
    }

    /// Records a failure that does not count; the atom will be retried.
    mutating func repeatLater(
        _ report: AtomReport,
        from slave: SlaveID,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) {
        keepAttempt(report, from: slave, at: now, &decisions)
        let (index, position) = (report.subjob, report.atom)
        // An atom that another slave already runs needs no further run.
        if !isHeld(index, position) {
            mark(index, position, .notStarted)
            _ = forgetRun(index, position)
        }
        decisions.atoms.append(subjobs[index].atoms[position])
    }
}

// MARK: Atoms that could not be run

extension BuildStateMachine {
    /// Records a valid report of an obstacle; another slave is to run the atom.
    mutating func putAside(
        _ report: AtomReport,
        _ obstacle: RunObstacle,
        from slave: SlaveID,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) {
        let (index, position) = (report.subjob, report.atom)
        let cost = cost(index, position)
        crew[slave]?.drop(position, of: report.lease, cost: cost)
        subjobs[index].atoms[position].obstructions += 1
        repeatLater(report, from: slave, at: now, &decisions)
        if let url = crew[slave]?.url { subjobs[index].tried.insert(url) }
        if crew[slave]?.held[report.lease]?.outstanding.isEmpty == true {
            _ = crew[slave]?.release(report.lease)
            subjobs[index].live.removeAll { $0.lease == report.lease }
        }
        subjobs[index].isNewAttempt = true
        queue(index, &decisions)
        decisions.record(
            .atomObstructed,
            at: now.wall,
            [
                "build_id": .integer(id), "subjob_id": .integer(index), "atom_id": .integer(position),
                "slave_id": .integer(slave), "reason": .string(obstacle.reason),
            ]
        )
    }

    /// Excludes a slave that could not run an atom from further work, and asks for all atoms that it has not begun.
    ///
    /// - Returns: Whether this is its first obstacle in the build; further ones do not count against the build's
    ///   budget.
    mutating func obstruct(slave: SlaveID, _ decisions: inout ClusterDecisions) -> Bool {
        guard crew[slave]?.isObstructed == false else { return false }
        crew[slave]?.isObstructed = true
        crew[slave]?.isLeaving = true
        withdraw(from: slave, &decisions)
        return true
    }

    /// The failures of slaves to run atoms of the build, oldest first.
    var runFailures: [SlaveFailure] { failures.filter { $0.stage == .run } }

    /// The failed set-ups, oldest first.
    var setupFailures: [SlaveFailure] { failures.filter { $0.stage == .setup } }
}

// MARK: Withdrawing work

extension BuildStateMachine {
    /// Asks a slave, once, for all atoms that it has not begun.
    mutating func withdraw(from slave: SlaveID, _ decisions: inout ClusterDecisions) {
        guard let member = crew[slave], !member.isWithdrawn else { return }
        crew[slave]?.isWithdrawn = true
        let parts = member.leases.compactMap { member.held[$0]?.part }.filter { !$0.atoms.isEmpty }
        guard !parts.isEmpty else { return }
        for part in parts { crew[slave]?.ask(for: part.atoms, of: part.lease) }
        decisions.effects.append(.instruct(slave: slave, .giveBack(build: id, parts)))
    }

    /// Gives up all atoms that are not begun, after an atom of a job with `fail_fast` has finally failed.
    mutating func failFast(_ decisions: inout ClusterDecisions) {
        giveUpWaiting(&decisions)
        for slave in crew.keys.sorted() { withdraw(from: slave, &decisions) }
    }
}
