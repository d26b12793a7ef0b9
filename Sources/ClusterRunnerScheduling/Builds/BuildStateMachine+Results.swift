import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin

/// Accepting results.
extension BuildStateMachine {
    /// Returns the reason why a slave does not hold an unfinished atom under a lease; nil if it does.
    func objection(to claim: LeasedAtom, from slave: SlaveID) -> String? {
        guard !state.isFinal else { return "Build \(id) has ended: it is \(state.rawValue)." }
        guard subjobs.indices.contains(claim.subjob.rawValue) else {
            return "Build \(id) has no subjob \(claim.subjob)."
        }
        let subjob = subjobs[claim.subjob]
        guard subjob.atoms.indices.contains(claim.atom.rawValue) else {
            return "Subjob \(claim.subjob) of build \(id) has no atom \(claim.atom)."
        }
        guard let lease = crew[slave]?.held[claim.lease], lease.subjob == claim.subjob else {
            return "Subjob \(claim.subjob) of build \(id) is no longer held under lease \(claim.lease)."
        }
        guard !lease.returned.contains(claim.atom) else {
            return "Atom \(claim.atom) of subjob \(claim.subjob) was given back under lease \(claim.lease)."
        }
        guard !lease.overtaken.contains(claim.atom) else {
            return "Atom \(claim.atom) of subjob \(claim.subjob) has its result from another slave."
        }
        guard lease.outstanding.contains(claim.atom) else {
            return "Atom \(claim.atom) of subjob \(claim.subjob) was reported before under lease \(claim.lease)."
        }
        return nil
    }

    /// Returns the expected time of an atom by history.
    func expectedTime(of claim: LeasedAtom) -> Double? { subjobs[claim.subjob].atoms[claim.atom].expectedTime }

    /// Accepts a valid report, whose result counts or not.
    mutating func accept(
        _ report: AtomReport,
        isCounted: Bool,
        from slave: SlaveID,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) {
        if let obstacle = report.obstacle { return putAside(report, obstacle, from: slave, at: now, &decisions) }
        let index = report.subjob
        let cost = cost(index, report.atom)
        crew[slave]?.report(report.atom, of: report.lease, cost: cost, seconds: report.result.seconds, at: now.uptime)
        recordEvents(of: report, from: slave, at: now, &decisions)
        subjobs[index].atoms[report.atom].attempts += 1
        keepCases(of: report, isCounted: isCounted, from: slave, at: now, &decisions)
        if isCounted {
            ran(report, on: slave, at: now)
            settle(index, report.atom, report.result, &decisions)
        } else {
            repeatLater(report, from: slave, at: now, &decisions)
            decisions.record(.atomRetried, at: now.wall, retryData(of: report, from: slave))
        }
        if crew[slave]?.held[report.lease]?.outstanding.isEmpty == true {
            endLease(report, from: slave, at: now, &decisions)
        }
        decisions.builds[id] = record
    }

    private func keepCases(
        of report: AtomReport,
        isCounted: Bool,
        from slave: SlaveID,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) {
        guard let cases = report.cases, let project = record.projectID, let job = record.jobName else { return }
        let sheet = CaseSheet(
            buildID: id,
            subjobID: report.subjob,
            atomID: report.atom,
            job: JobName(project: project, job: job),
            commit: record.slaveParameters?.values["hash"]?.string,
            slave: slave,
            run: subjobs[report.subjob].atoms[report.atom].runs,
            isCounted: isCounted,
            reportedAt: now.wall,
            cases: cases
        )
        decisions.others.append(.cases(sheet, keeping: keptCaseBuilds))
    }

    private mutating func endLease(
        _ report: AtomReport,
        from slave: SlaveID,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) {
        let index = report.subjob
        guard let lease = crew[slave]?.release(report.lease) else { return }
        subjobs[index].live.removeAll { $0.lease == report.lease }
        if subjobs[index].open == 0 {
            complete(index, &decisions)
            pace.add(lease.seconds)
        } else if subjobs[index].hasFailedAtomsToRun {
            if let url = crew[slave]?.url { subjobs[index].tried.insert(url) }
            subjobs[index].isNewAttempt = true
            queue(index, &decisions)
        } else {
            pace.add(lease.seconds)
        }
        var data = eventData(of: report, from: slave)
        data["atom_id"] = nil
        decisions.record(.subjobExecutionStart, at: now.wall - lease.seconds, data)
        decisions.record(.subjobExecutionFinish, at: now.wall, data)
        decisions.record(.masterReceivedResult, at: now.wall, data)
    }

    /// Sets the final result of an atom.
    mutating func settle(
        _ index: SubjobID,
        _ position: AtomIndex,
        _ result: AtomResult,
        _ decisions: inout ClusterDecisions
    ) {
        mark(index, position, .completed)
        subjobs[index].atoms[position].result = result
        stopOthers(of: index, position, &decisions)
        decisions.atoms.append(subjobs[index].atoms[position])
        if subjobs[index].atoms[position].isFlaky { record.progress.flakyAtoms += 1 }
        // The console output is stored from here on; keeping it would hold every build's output in memory.
        subjobs[index].atoms[position].result?.console = .inline([])
        subjobs[index].open -= 1
        record.progress.completedAtoms += 1
        if result.isFailure {
            record.progress.failedAtoms += 1
        } else if let projectID = record.projectID, let jobName = record.jobName {
            let timing = AtomTiming(atom: subjobs[index].atoms[position].atom, seconds: result.seconds)
            decisions.others.append(.timings(projectID: projectID, jobName: jobName, [timing]))
        }
    }

    /// Marks a subjob as complete once all its atoms have a final result or were given up.
    mutating func complete(_ index: SubjobID, _ decisions: inout ClusterDecisions) {
        guard subjobs[index].open == 0, !subjobs[index].record.state.isFinal else { return }
        let isCanceled = subjobs[index].atoms.contains { $0.state == .canceled }
        subjobs[index].record.state = isCanceled ? .canceled : .completed
        subjobs[index].record.parts = []
        decisions.subjobs.append(subjobs[index].record)
        if !isCanceled { record.progress.completedSubjobs += 1 }
        openSubjobs -= 1
        decisions.builds[id] = record
    }

    /// Gives up the atoms that no slave holds, after an atom of a job with `fail_fast` has finally failed.
    mutating func giveUpWaiting(_ decisions: inout ClusterDecisions) {
        for index in waiting {
            subjobs[index].isWaiting = false
            for position in subjobs[index].atoms.ids where subjobs[index].atoms[position].state == .notStarted {
                giveUp(index, position, &decisions)
            }
            complete(index, &decisions)
        }
        waiting = []
    }
}

// MARK: Events

extension BuildStateMachine {
    private func recordEvents(
        of report: AtomReport,
        from slave: SlaveID,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) {
        var data = eventData(of: report, from: slave)
        decisions.record(.atomStart, at: now.wall - report.result.seconds, data)
        data["exit_code"] = .integer(report.result.exitCode)
        if let cause = report.result.cause { data["cause"] = .string(cause) }
        decisions.record(.atomFinish, at: now.wall, data)
    }

    private func retryData(of report: AtomReport, from slave: SlaveID) -> [String: JSONValue] {
        [
            "build_id": .integer(id), "subjob_id": .integer(report.subjob), "atom_id": .integer(report.atom),
            "slave_id": .integer(slave), "exit_code": .integer(report.result.exitCode),
        ]
    }

    private func eventData(of report: AtomReport, from slave: SlaveID) -> [String: JSONValue] {
        [
            "build_id": .integer(id), "subjob_id": .integer(report.subjob), "atom_id": .integer(report.atom),
            "slave_id": .integer(slave), "executor_id": .integer(report.executor),
            "job_name": .string(record.jobName ?? ""),
        ]
    }
}
