package import ClusterRunnerConcurrency
package import ClusterRunnerDomain
import ClusterRunnerPlugin

/// Messages of slaves to the master.
extension Cluster {
    /// Registers a slave.
    ///
    /// The same session keeps its number and its work. A new session under a known URL replaces the old one, whose work
    /// returns to its build.
    ///
    /// `hold` is the work of an unknown session, after a restart of the master or when the slave was given up too soon.
    package mutating func register(
        url: String,
        sessionID: String,
        executors: Int,
        name: String? = nil,
        version: String? = nil,
        hold: HeldBuild? = nil,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) -> SlaveAdmission {
        if let known = slaveTable.values.first(where: { $0.sessionID == sessionID && $0.isAlive }) {
            slaveTable[known.id]?.lastSeen = now.uptime
            return SlaveAdmission(slave: known.id, lostLeases: [])
        }
        let speed = slaveTable.values.first { $0.url == url }?.speed
        for old in slaveTable.values where old.url == url {
            lose([old.id], .replaced, reason: "replaced by a new session", at: now, &decisions)
            slaveTable[old.id] = nil
        }
        lastSlave += 1
        let id = SlaveID(lastSlave)
        slaveTable[id] = SlaveStateMachine(
            id: id,
            url: url,
            sessionID: sessionID,
            executors: executors,
            name: name,
            version: version,
            lastSeen: now.uptime,
            speed: speed ?? SlaveSpeed()
        )
        decisions.others.append(.counter(.slave, atLeast: lastSlave))
        decisions.record(
            .slaveConnected,
            at: now.wall,
            [
                "slave_id": .integer(id), "url": .string(url), "num_executors": .integer(executors),
                "name": name.map(JSONValue.string) ?? .null,
            ]
        )
        return SlaveAdmission(slave: id, lostLeases: takeUp(hold, of: id, url: url, at: now, &decisions))
    }

    /// Lets a slave continue the work that it had before this master knew it.
    ///
    /// - Returns: Those of its leases that are no longer valid.
    private mutating func takeUp(
        _ hold: HeldBuild?,
        of slave: SlaveID,
        url: String,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) -> [LeaseID] {
        guard let hold else { return [] }
        guard !hold.isLeaving, let lost = builds[hold.build]?.rejoin(slave: slave, url: url, hold, at: now) else {
            slaveTable[slave]?.tearDown(hold.build, at: now)
            return hold.leases
        }
        slaveTable[slave]?.phase = hold.isSetUp ? .working(build: hold.build) : .settingUp(build: hold.build)
        if slaveTable[slave].map(isDrained) == true { builds[hold.build]?.crew[slave]?.isLeaving = true }
        for subjob in builds[hold.build]?.heldSubjobs(of: slave) ?? [] { decisions.subjobs.append(subjob) }
        return lost
    }

    /// Opens a slave's instruction stream.
    ///
    /// Earlier instructions may have been lost, so they are repeated; a slave ignores repetitions.
    package mutating func connected(slave: SlaveID, at now: Moment, _ decisions: inout ClusterDecisions) {
        guard let state = slaveTable[slave], state.isAlive else { return }
        slaveTable[slave]?.isConnected = true
        slaveTable[slave]?.lastSeen = now.uptime
        for instruction in standingInstructions(for: state) {
            decisions.effects.append(.instruct(slave: slave, instruction))
        }
        guard let build = state.build else { return allocate(at: now, &decisions) }
        pushWork(of: build, at: now, &decisions)
        settle(slave, in: build, at: now, &decisions)
    }

    private func standingInstructions(for slave: SlaveStateMachine) -> [SlaveInstruction] {
        var instructions: [SlaveInstruction] = []
        switch slave.phase {
        case .idle, .lost: break
        case .settingUp(let build):
            if let setup = builds[build]?.crew[slave.id]?.setup { instructions.append(.setUp(setup)) }
        case .working(let build):
            if let setup = builds[build]?.crew[slave.id]?.setup { instructions.append(.setUp(setup)) }
            instructions.append(.run(builds[build]?.grants(of: slave.id) ?? []))
            let asked = builds[build]?.asked(of: slave.id) ?? []
            if !asked.isEmpty { instructions.append(.giveBack(build: build, asked)) }
        case .tearingDown(let build): instructions.append(.cancel(build: build))
        }
        return slave.isShuttingDown ? instructions + [.shutDown] : instructions
    }

    /// Records the end of a slave's instruction stream: it gets no build until it has reconnected.
    package mutating func disconnected(slave: SlaveID) {
        slaveTable[slave]?.isConnected = false
    }

    /// Records a sign of life of a slave.
    ///
    /// - Returns: Whether the master still counts on that slave.
    package mutating func heard(from slave: SlaveID, at now: Moment) -> Bool {
        guard slaveTable[slave]?.isAlive == true else { return false }
        slaveTable[slave]?.lastSeen = now.uptime
        return true
    }

    /// Ends a slave's set-up of a build, with a reason if it failed; `commands` are those that it ran.
    package mutating func setupFinished(
        slave: SlaveID,
        build: BuildID,
        failure: String?,
        commands: [CommandRun] = [],
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) {
        slaveTable[slave]?.lastSeen = now.uptime
        guard let state = slaveTable[slave], state.phase == .settingUp(build: build) else { return }
        keep(commands, of: build, on: state, at: now, &decisions)
        var data: [String: JSONValue] = [
            "build_id": .integer(build), "slave_id": .integer(slave), "is_success": .bool(failure == nil),
        ]
        data["reason"] = failure.map { .string(Credentials.masked(in: $0)) }
        decisions.record(.buildSetupFinish, at: now.wall, data)
        if let failure {
            setupFailed(slave: slave, build: build, reason: failure, at: now, &decisions)
        } else {
            slaveTable[slave]?.phase = .working(build: build)
            slaveTable[slave].map { absolve($0.url, &decisions) }
            builds[build]?.slaveIsReady(slave)
            // The other slaves are full already: checking them all for each new one would be expensive.
            push(to: slave, at: now, &decisions)
            settle(slave, in: build, at: now, &decisions)
        }
    }

    private mutating func setupFailed(
        slave: SlaveID,
        build: BuildID,
        reason: String,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) {
        builds[build]?.dismiss(slave: slave, &decisions)
        slaveTable[slave]?.tearDown(build, at: now)
        decisions.effects.append(.instruct(slave: slave, .tearDown(build: build)))
        countFailedSetup(slave: slave, build: build, reason: reason, at: now, &decisions)
    }

    /// Handles reported results, and atoms that a slave gives back.
    ///
    /// The first result of a current holder of an atom counts; any other is refused with a reason and changes nothing.
    package mutating func results(
        slave: SlaveID,
        build: BuildID,
        _ reports: [AtomReport],
        returned: [LeaseAtoms] = [],
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) -> ResultsAnswer {
        slaveTable[slave]?.lastSeen = now.uptime
        let (waitingBefore, idleBefore) = spareCapacity(of: build, without: slave)
        var refused: [ResultsAnswer.Refusal] = []
        for report in inOrder(reports, of: build, from: slave) {
            let verdict = verdict(on: report, build: build, from: slave)
            if case .refused(let reason) = verdict {
                refused.append(.init(lease: report.lease, subjob: report.subjob, atom: report.atom, reason: reason))
                recordRefusal(of: report, build: build, slave: slave, reason: reason, at: now, &decisions)
            } else {
                learnSpeed(of: slave, from: report, build: build)
                builds[build]?.accept(report, isCounted: verdict == .result, from: slave, at: now, &decisions)
                meet(report.obstacle, to: report.claim, build: build, on: slave, at: now, &decisions)
            }
        }
        for part in returned { builds[build]?.takeBack(part, from: slave, &decisions) }
        endIfComplete(build, at: now, &decisions)
        let lost = lostLeases(among: refused.map(\.lease), build: build, of: slave)
        let mayBeRepeated = !refused.isEmpty || reports.isEmpty
        let grants = moreWork(of: build, for: slave, again: mayBeRepeated, at: now, &decisions)
        // A failed atom should preferably be retried on another slave, and a stopped second run leaves one idle.
        let (waiting, idle) = spareCapacity(of: build, without: slave)
        if waiting > 0, waiting > waitingBefore || idle > idleBefore { pushWork(of: build, at: now, &decisions) }
        shareWork(of: build, &decisions)
        if grants.isEmpty { dismissIfDone(slave, at: now, &decisions) }
        dismissIdle(of: build, at: now, &decisions)
        allocate(at: now, &decisions)
        return ResultsAnswer(grants: grants, refused: refused, lostLeases: lost)
    }

    /// Puts reports into the order in which they are accepted.
    ///
    /// Failures that are retried come first: their files are kept as those of an attempt, and a final failure would make
    /// them final too. Obstacles come last: after one that ends the build no result counts.
    private func inOrder(_ reports: [AtomReport], of build: BuildID, from slave: SlaveID) -> [AtomReport] {
        guard reports.count > 1 else { return reports }
        let results = reports.filter { $0.obstacle == nil }
        let isRetried = results.map { report in
            if case .attempt = verdict(on: report, build: build, from: slave) { true } else { false }
        }
        let retried = zip(results, isRetried).filter(\.1).map(\.0)
        let final = zip(results, isRetried).filter { !$0.1 }.map(\.0)
        return retried + final + reports.filter { $0.obstacle != nil }
    }

    /// Returns the number of waiting subjobs of a build and of idle executors on its other slaves.
    private func spareCapacity(of build: BuildID, without slave: SlaveID) -> (waiting: Int, idle: Int) {
        guard let machine = builds[build] else { return (0, 0) }
        let own = Crew.Sums(machine.crew[slave]).idleExecutors
        return (machine.waiting.count, machine.crew.total.idleExecutors - own)
    }

    /// Returns the next work for a slave that reported atoms of a build.
    ///
    /// A refused report, or one that only gives atoms back, may be a repetition whose first answer was lost, with the
    /// work in it. With `again` the result is therefore all work that the slave holds; the slave ignores repetitions.
    private mutating func moreWork(
        of build: BuildID,
        for slave: SlaveID,
        again: Bool,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) -> [LeaseGrant] {
        guard slaveTable[slave]?.build == build else { return [] }
        let new = leases(to: slave, at: now, &decisions)
        return again ? builds[build]?.grants(of: slave) ?? [] : new
    }

    /// Judges a slave's report of an atom.
    package func verdict(on report: AtomReport, build: BuildID, from slave: SlaveID) -> ReportVerdict {
        builds[build]?.verdict(on: report, from: slave) ?? .refused(Self.notRunning(build))
    }

    /// Returns the reason why a slave does not hold an atom under a lease; nil if it does.
    package func objection(to claim: LeasedAtom, build: BuildID, from slave: SlaveID) -> String? {
        guard let machine = builds[build] else { return Self.notRunning(build) }
        return machine.objection(to: claim, from: slave)
    }

    private static func notRunning(_ build: BuildID) -> String { "Build \(build) is not running." }

    private mutating func learnSpeed(of slave: SlaveID, from report: AtomReport, build: BuildID) {
        guard report.obstacle == nil, !report.result.isFailure,
            let expected = builds[build]?.expectedTime(of: report.claim)
        else { return }
        slaveTable[slave]?.speed.add(expected: expected, actual: report.result.seconds)
    }

    private func recordRefusal(
        of report: AtomReport,
        build: BuildID,
        slave: SlaveID,
        reason: String,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) {
        decisions.record(
            .masterRefusedResult,
            at: now.wall,
            [
                "build_id": .integer(build), "subjob_id": .integer(report.subjob), "atom_id": .integer(report.atom),
                "slave_id": .integer(slave), "reason": .string(reason),
            ]
        )
    }
}
