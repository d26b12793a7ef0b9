package import ClusterRunnerConcurrency
package import ClusterRunnerDomain

/// Slaves that leave a build, dismissed or by themselves.
extension Cluster {
    /// Ends the teardown of a slave, which is idle again; `commands` are those that it ran since its last report of
    /// any.
    ///
    /// Ignored while the slave sets up the build: the report is then a repetition about an earlier teardown of the same
    /// build.
    package mutating func tornDown(
        slave: SlaveID,
        build: BuildID,
        commands: [CommandRun] = [],
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) {
        slaveTable[slave]?.lastSeen = now.uptime
        guard let state = slaveTable[slave], state.build == build, state.phase != .settingUp(build: build) else {
            return
        }
        keep(commands, of: build, on: state, at: now, &decisions)
        slaveTable[slave]?.phase = .idle
        if state.phase == .working(build: build) { gaveUp(build, state, at: now, &decisions) }
        proceed(with: [build], at: now, &decisions)
    }

    /// Kills the teardowns of a build that has ended; returns false when none runs.
    mutating func endTeardowns(of build: BuildID, _ decisions: inout ClusterDecisions) -> Bool {
        let slaves = slaveTable.values.filter { $0.phase == .tearingDown(build: build) }.map(\.id).sorted()
        for slave in slaves { decisions.effects.append(.instruct(slave: slave, .endTeardown(build: build))) }
        return !slaves.isEmpty
    }

    /// Handles a slave that left a build without being dismissed.
    ///
    /// It could do so again and again, so this counts against the budget of the subjobs that it held, or against the
    /// build's set-ups if it held none.
    private mutating func gaveUp(
        _ build: BuildID,
        _ slave: SlaveStateMachine,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) {
        let heldWork = builds[build]?.crew[slave.id]?.held.isEmpty == false
        builds[build]?.lose(slave: slave.id, url: slave.url, budget: policy.lossBudget, &decisions)
        guard !heldWork else { return }
        let reason = "It was set up, but gave the build up before it ran anything."
        countFailedSetup(slave: slave.id, build: build, reason: reason, at: now, &decisions)
    }

    /// Counts a set-up that failed or led to no work; the last one in the budget ends the build.
    mutating func countFailedSetup(
        slave: SlaveID,
        build: BuildID,
        reason: String,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) {
        guard let state = slaveTable[slave], builds[build] != nil else { return }
        let failure = SlaveFailure(slave: slave, url: state.url, reason: reason)
        builds[build]?.failures.append(failure)
        decisions.others.append(.slaveFailure(build: build, failure))
        suspect(state, build: build, at: now, &decisions)
        let failures = builds[build]?.setupFailures ?? []
        guard failures.count >= policy.setupBudget else { return allocate(at: now, &decisions) }
        let outputs = FailureList(failures).text
        fail(build: build, "The set-up failed \(failures.count) times.\n\(outputs)", at: now, &decisions)
    }
}
