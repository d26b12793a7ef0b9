package import ClusterRunnerConcurrency
package import ClusterRunnerDomain
import ClusterRunnerPlugin

/// What slaves tell the master.
extension Cluster {
    /// A slave registered.
    ///
    /// The same session keeps its number, and whatever it works on. A new session under a known URL replaces the old
    /// one, whose work goes back to its build.
    ///
    /// `hold` is what a session that is not known says it works on: after a restart of the master, or when the slave
    /// was given up too soon.
    package mutating func register(
        url: String,
        sessionID: String,
        executors: Int,
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
            lose([old.id], reason: "replaced by a new session", at: now, &decisions)
            slaveTable[old.id] = nil
        }
        lastSlave += 1
        slaveTable[lastSlave] = SlaveStateMachine(
            id: lastSlave,
            url: url,
            sessionID: sessionID,
            executors: executors,
            lastSeen: now.uptime,
            speed: speed ?? SlaveSpeed()
        )
        decisions.others.append(.counter(.slave, atLeast: lastSlave))
        decisions.record(
            .slaveConnected,
            at: now.wall,
            ["slave_id": .integer(lastSlave), "url": .string(url), "num_executors": .integer(executors)]
        )
        return SlaveAdmission(slave: lastSlave, lostLeases: takeUp(hold, of: lastSlave, url: url, at: now, &decisions))
    }

    /// Lets a slave go on with what it worked on before this master knew it.
    ///
    /// - Returns: Those of its leases that count no more.
    private mutating func takeUp(
        _ hold: HeldBuild?,
        of slave: Int,
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
        for subjob in builds[hold.build]?.heldSubjobs(of: slave) ?? [] { decisions.subjobs.append(subjob) }
        return lost
    }

    /// A slave opened its instruction stream.
    ///
    /// What it was told before may not have reached it, so it is told again; a slave ignores what it knows.
    package mutating func connected(slave: Int, at now: Moment, _ decisions: inout ClusterDecisions) {
        guard let state = slaveTable[slave], state.isAlive else { return }
        slaveTable[slave]?.isConnected = true
        slaveTable[slave]?.lastSeen = now.uptime
        for instruction in standingInstructions(for: state) {
            decisions.effects.append(.instruct(slave: slave, instruction))
        }
        if let build = state.build {
            pushWork(of: build, at: now, &decisions)
            shareWork(of: build, &decisions)
        }
        dismissIfDone(slave, at: now, &decisions)
        allocate(at: now, &decisions)
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

    /// A slave's instruction stream ended: it is suspect, and gets no build until it is back.
    package mutating func disconnected(slave: Int) {
        slaveTable[slave]?.isConnected = false
    }

    /// A slave gave a sign of life.
    ///
    /// - Returns: Whether the master still counts on that slave.
    package mutating func heard(from slave: Int, at now: Moment) -> Bool {
        guard slaveTable[slave]?.isAlive == true else { return false }
        slaveTable[slave]?.lastSeen = now.uptime
        return true
    }

    /// A slave's set-up of a build ended, well or with a reason why not; `commands` are those that it ran.
    package mutating func setupFinished(
        slave: Int,
        build: Int,
        failure: String?,
        commands: [CommandRun] = [],
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) {
        guard let state = slaveTable[slave], state.phase == .settingUp(build: build) else { return }
        keep(commands, of: build, on: state, at: now, &decisions)
        decisions.record(
            .buildSetupFinish,
            at: now.wall,
            ["build_id": .integer(build), "slave_id": .integer(slave), "is_success": .bool(failure == nil)]
        )
        if let failure {
            setupFailed(slave: slave, build: build, reason: failure, at: now, &decisions)
        } else {
            slaveTable[slave]?.phase = .working(build: build)
            slaveTable[slave].map { absolve($0.url, &decisions) }
            builds[build]?.slaveIsReady(slave)
            // The others have what they can hold: to look at all of them for each would be dear with many.
            push(to: slave, at: now, &decisions)
            shareWork(of: build, &decisions)
            dismissIfDone(slave, at: now, &decisions)
            allocate(at: now, &decisions)
        }
    }

    private mutating func setupFailed(
        slave: Int,
        build: Int,
        reason: String,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) {
        builds[build]?.dismiss(slave: slave, &decisions)
        slaveTable[slave]?.tearDown(build, at: now)
        decisions.effects.append(.instruct(slave: slave, .tearDown(build: build)))
        countFailedSetup(slave: slave, build: build, reason: reason, at: now, &decisions)
    }

    /// A slave reported results, and atoms that it gives back.
    ///
    /// The first result of the current holder of an atom counts; any other is refused with a reason and changes nothing.
    package mutating func results(
        slave: Int,
        build: Int,
        _ reports: [AtomReport],
        returned: [LeaseAtoms] = [],
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) -> ResultsAnswer {
        slaveTable[slave]?.lastSeen = now.uptime
        let waitingBefore = builds[build]?.waiting.count ?? 0
        var refused: [ResultsAnswer.Refusal] = []
        // First those that count: after an obstacle that ends the build none does.
        for report in reports.filter({ $0.obstacle == nil }) + reports.filter({ $0.obstacle != nil }) {
            if let reason = objection(to: report.claim, build: build, from: slave) {
                refused.append(.init(lease: report.lease, subjob: report.subjob, atom: report.atom, reason: reason))
                recordRefusal(of: report, build: build, slave: slave, reason: reason, at: now, &decisions)
            } else {
                learnSpeed(of: slave, from: report, build: build)
                builds[build]?.accept(report, from: slave, at: now, &decisions)
                meet(report.obstacle, to: report.claim, build: build, on: slave, at: now, &decisions)
            }
        }
        for part in returned { builds[build]?.takeBack(part, from: slave, &decisions) }
        builds[build]?.finishIfComplete(at: now, &decisions)
        retireIfEnded(build, at: now, &decisions)
        let lost = lostLeases(among: refused.map(\.lease), build: build, of: slave)
        let mayBeRepeated = !refused.isEmpty || reports.isEmpty
        let grants = moreWork(of: build, for: slave, again: mayBeRepeated, at: now, &decisions)
        // What failed and is to run again had better go to another slave.
        if builds[build].map({ $0.waiting.count > waitingBefore }) == true { pushWork(of: build, at: now, &decisions) }
        shareWork(of: build, &decisions)
        if grants.isEmpty { dismissIfDone(slave, at: now, &decisions) }
        dismissIdle(of: build, at: now, &decisions)
        allocate(at: now, &decisions)
        return ResultsAnswer(grants: grants, refused: refused, lostLeases: lost)
    }

    /// What a slave that reported atoms of a build is to run next.
    ///
    /// A refused report, or one that only gives back, may be one whose first answer was lost, with the work in it. So with
    /// `again` it is everything that the slave holds, which ignores what it knows.
    private mutating func moreWork(
        of build: Int,
        for slave: Int,
        again: Bool,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) -> [LeaseGrant] {
        guard slaveTable[slave]?.build == build else { return [] }
        let new = leases(to: slave, at: now, &decisions)
        return again ? builds[build]?.grants(of: slave) ?? [] : new
    }

    /// Why a slave does not hold an atom under a lease, or nil when it does.
    package func objection(to claim: LeasedAtom, build: Int, from slave: Int) -> String? {
        guard let machine = builds[build] else { return "Build \(build) is not running." }
        return machine.objection(to: claim, from: slave)
    }

    private mutating func learnSpeed(of slave: Int, from report: AtomReport, build: Int) {
        guard report.obstacle == nil, !report.result.isFailure,
            let expected = builds[build]?.expectedTime(of: report.claim)
        else { return }
        slaveTable[slave]?.speed.add(expected: expected, actual: report.result.seconds)
    }

    private func recordRefusal(
        of report: AtomReport,
        build: Int,
        slave: Int,
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

// MARK: Slaves that go

extension Cluster {
    /// A slave is to shut down: it gets no more work, finishes what it has, and exits.
    ///
    /// `isDismissal` tells that the slave does not ask for it itself.
    package mutating func shutDown(
        slave: Int,
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
        // A build may have waited for this one, because its set-up failed on the others.
        allocate(at: now, &decisions)
    }

    /// A slave says goodbye: it has nothing left and exits.
    package mutating func left(slave: Int, at now: Moment, _ decisions: inout ClusterDecisions) {
        slaveTable[slave]?.isShuttingDown = true
        slaveTable[slave]?.lastSeen = now.uptime
        lose([slave], reason: "it shut down", at: now, &decisions)
    }

    /// Does what is due: gives up the slaves that gave no sign of life for too long, ends quarantines, and stops waiting
    /// for slaves that did not come back after a restart.
    package mutating func expireSlaves(at now: Moment, _ decisions: inout ClusterDecisions) {
        expireHealth(at: now, &decisions)
        for slave in departedSlaves where slave.lastSeen + policy.departedMemory <= now.uptime {
            slaveTable[slave.id] = nil
        }
        for id in builds.keys.sorted() where builds[id]?.awaitedUntil.map({ $0 <= now.uptime }) == true {
            builds[id]?.stopAwaiting(at: now, &decisions)
            takeBackWork(of: id, at: now, &decisions)
        }
        let silent = slaveTable.values.filter { $0.isAlive && $0.lastSeen + policy.slaveTimeout <= now.uptime }
        for id in builds.keys.sorted() { runStragglersTwice(of: id, at: now, &decisions) }
        lose(silent.map(\.id).sorted(), reason: "no sign of life for \(policy.slaveTimeout)", at: now, &decisions)
    }

    /// When ``expireSlaves(at:_:)`` will have something to do if no slave gives a sign of life, in uptime; nil is never.
    package var nextExpiry: Duration? {
        let losses = slaveTable.values.filter(\.isAlive).map { $0.lastSeen + policy.slaveTimeout }
        let quarantines = health.values.compactMap { $0.quarantine?.until.uptime }
        let secondRuns = builds.values.compactMap { $0.nextSecondRun(policy) }
        let departures = departedSlaves.map { $0.lastSeen + policy.departedMemory }
        return (losses + departures + quarantines + secondRuns + builds.values.compactMap(\.awaitedUntil)).min()
    }

    /// The slaves that left or were lost, and are still listed.
    private var departedSlaves: [SlaveStateMachine] { slaveTable.values.filter { !$0.isAlive } }

    /// Gives slaves up, all of them before anything that they held is handed out again: it must not go from one to the
    /// next of them, each time at the cost of its budget.
    private mutating func lose(_ slaves: [Int], reason: String, at now: Moment, _ decisions: inout ClusterDecisions) {
        let builds = slaves.compactMap { giveUp($0, reason: reason, at: now, &decisions) }
        for build in Set(builds).sorted() { takeBackWork(of: build, at: now, &decisions) }
        allocate(at: now, &decisions)
    }

    /// Ends the build whose slave went, if that was all that it waited for, or hands out what the slave held.
    mutating func takeBackWork(of build: Int, at now: Moment, _ decisions: inout ClusterDecisions) {
        builds[build]?.finishIfComplete(at: now, &decisions)
        retireIfEnded(build, at: now, &decisions)
        pushWork(of: build, at: now, &decisions)
        shareWork(of: build, &decisions)
        dismissIdle(of: build, at: now, &decisions)
    }

    /// Marks a slave as lost.
    ///
    /// - Returns: The build it was busy with.
    private mutating func giveUp(
        _ id: Int,
        reason: String,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) -> Int? {
        guard let slave = slaveTable[id], slave.isAlive else { return nil }
        slaveTable[id]?.phase = .lost
        departures += 1
        slaveTable[id]?.isConnected = false
        decisions.record(
            .slaveLost,
            at: now.wall,
            ["slave_id": .integer(id), "url": .string(slave.url), "reason": .string(reason)]
        )
        decisions.effects.append(.disconnect(slave: id))
        guard let build = slave.build else { return nil }
        builds[build]?.lose(slave: id, url: slave.url, budget: policy.lossBudget, &decisions)
        return build
    }
}
