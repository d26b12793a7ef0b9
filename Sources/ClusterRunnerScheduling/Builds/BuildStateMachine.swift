import ClusterRunnerConcurrency
package import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin

/// The state machine of one unfinished build: its state, its slaves and its remaining work.
///
/// A pure value without side effects. Each event adds the changes to make durable to ``ClusterDecisions``.
package struct BuildStateMachine: Sendable {
    /// The build itself.
    package internal(set) var record: BuildRecord
    /// The subjobs with their progress.
    var subjobs: [SubjobProgress] = []
    /// The subjobs with atoms that no slave holds; the last is granted first.
    var waiting: [SubjobID] = []
    /// The slaves that work for the build or are being set up for it.
    var crew = Crew()
    /// Number of subjobs that are neither complete nor given up.
    var openSubjobs = 0
    /// The failures of slaves that count against one of its budgets, oldest first.
    var failures: [SlaveFailure] = []
    /// The pace of complete subjobs, which determines how much work slaves get ahead.
    var pace = Pace()
    /// Expected cost of the atoms that no slave holds.
    var waitingWork = 0.0
    /// Expected cost of all atoms.
    var allWork = 0.0
    /// Expected cost of an atom without history; nil when no atom has one.
    var unknownCost: Double?
    /// The leases, by number, that are reserved after a restart for the slaves that held them.
    var awaited: [LeaseID: Lease] = [:]
    /// The end of their reservation, in uptime.
    var awaitedUntil: Duration?
    /// Whether slaves get the number of its trace.
    var isTraced = false
    /// Number of builds of its job whose test cases are kept as history.
    var keptCaseBuilds = ClusterPolicy().keptCaseBuilds

    /// Creates the machine of a newly accepted build.
    package init(record: BuildRecord) {
        self.record = record
    }

    /// The state of the build.
    package var state: BuildState { record.state }

    /// The build.
    package var id: BuildID { record.id }

    /// The progress of a subjob.
    struct SubjobProgress: Sendable {
        var record: SubjobRecord
        var atoms: [AtomRecord]
        /// Number of its atoms without a final result.
        var open: Int
        /// Its leases that are not fully reported, oldest first.
        var live: [LeaseHolder] = []
        /// Whether it is in ``BuildStateMachine/waiting``.
        var isWaiting = false
        /// Whether the next lease starts another attempt, instead of continuing one.
        var isNewAttempt = true
        /// The slaves, by `host:port`, on which it failed or which were lost with it; others are preferred.
        var tried: Set<String> = []
    }

    /// A lease and its holder; nil while it is reserved for a slave from before a restart.
    struct LeaseHolder: Sendable, Equatable {
        let lease: LeaseID
        var slave: SlaveID?
    }
}

/// A subjob's number is its place among the subjobs of its build.
extension [BuildStateMachine.SubjobProgress] {
    /// The numbers of the subjobs.
    var ids: [SubjobID] { indices.map { SubjobID($0) } }

    subscript(id: SubjobID) -> Element {
        get { self[id.rawValue] }
        // In place: a subjob that is copied for each change would copy its atoms.
        _modify { yield &self[id.rawValue] }
    }
}

/// An atom's number is its place among the atoms of its subjob.
extension [AtomRecord] {
    /// The numbers of the atoms.
    var ids: LazyMapSequence<Range<Int>, AtomIndex> { indices.lazy.map { AtomIndex($0) } }

    subscript(id: AtomIndex) -> Element {
        get { self[id.rawValue] }
        _modify { yield &self[id.rawValue] }
    }
}

// MARK: The life cycle

extension BuildStateMachine {
    /// Begins the preparation.
    mutating func startPreparing(at now: Moment, _ decisions: inout ClusterDecisions) {
        guard state == .queued else { return }
        enter(.preparing, now)
        decisions.record(.buildPrepareStart, at: now.wall, ["build_id": .integer(id)])
        decisions.builds[id] = record
    }

    /// Ends the preparation: the work is known.
    mutating func prepared(_ plan: BuildPlan, at now: Moment, _ decisions: inout ClusterDecisions) {
        guard state == .preparing else { return }
        enter(.prepared, now)
        record.projectID = plan.projectID
        record.jobName = plan.job.name
        record.job = plan.job
        record.slaveParameters = plan.slaveParameters
        record.notes = plan.notes.map(Credentials.masked)
        subjobs = plan.subjobs.enumerated().map { makeSubjob(SubjobID($0), $1) }
        estimateCosts()
        waiting = subjobs.ids.reversed()
        for index in subjobs.ids { subjobs[index].isWaiting = true }
        openSubjobs = subjobs.count
        record.progress.subjobs = subjobs.count
        record.progress.atoms = subjobs.reduce(0) { $0 + $1.atoms.count }
        decisions.subjobs += subjobs.map(\.record)
        decisions.atoms += subjobs.flatMap(\.atoms)
        decisions.record(
            .buildPrepareFinish,
            at: now.wall,
            [
                "build_id": .integer(id), "is_success": true, "job_name": .string(plan.job.name),
                "num_atoms": .integer(record.progress.atoms ?? 0), "num_subjobs": .integer(subjobs.count),
            ]
        )
        decisions.builds[id] = record
    }

    private func makeSubjob(_ id: SubjobID, _ plan: PlannedSubjob) -> SubjobProgress {
        let atoms = plan.atoms.enumerated().map {
            AtomRecord(
                buildID: record.id,
                subjobID: id,
                id: AtomIndex($0),
                atom: $1.atom,
                expectedTime: $1.expectedTime
            )
        }
        let subjob = SubjobRecord(buildID: record.id, id: id, atomCount: atoms.count)
        return SubjobProgress(record: subjob, atoms: atoms, open: atoms.count)
    }

    /// Ends the build with an error.
    mutating func fail(_ message: String, at now: Moment, _ decisions: inout ClusterDecisions) {
        guard !state.isFinal else { return }
        if state == .preparing {
            decisions.record(.buildPrepareFinish, at: now.wall, ["build_id": .integer(id), "is_success": false])
        }
        record.errorMessage = Credentials.masked(in: message)
        end(.error, now, &decisions)
    }

    /// Cancels the build.
    mutating func cancel(at now: Moment, _ decisions: inout ClusterDecisions) {
        guard !state.isFinal else { return }
        end(.canceled, now, &decisions)
    }

    /// Finishes the build once all its subjobs are complete, or with `fail_fast` once the running ones are.
    mutating func finishIfComplete(at now: Moment, _ decisions: inout ClusterDecisions) {
        guard state == .building else { return }
        if isFailingFast { failFast(&decisions) }
        guard openSubjobs == 0 else { return }
        end(.finished, now, &decisions)
    }

    private mutating func end(_ state: BuildState, _ now: Moment, _ decisions: inout ClusterDecisions) {
        enter(state, now)
        let isSuccess = state == .finished && record.progress.failedAtoms == 0
        record.result = isSuccess ? .noFailures : .failure
        for index in subjobs.ids where subjobs[index].open > 0 { cancelOpenAtoms(of: index, &decisions) }
        waiting = []
        awaited = [:]
        awaitedUntil = nil
        for slave in crew.keys { for lease in crew[slave]?.leases ?? [] { _ = crew[slave]?.release(lease) } }
        decisions.builds[id] = record
        decisions.record(.buildFinished, at: now.wall, endData(isSuccess: isSuccess))
    }

    private func endData(isSuccess: Bool) -> [String: JSONValue] {
        var data: [String: JSONValue] = [
            "build_id": .integer(id), "status": .string(state.rawValue), "is_success": .bool(isSuccess),
            "num_failed_atoms": .integer(record.progress.failedAtoms),
        ]
        data["num_atoms"] = record.progress.atoms.map(JSONValue.integer)
        data["reason"] = record.errorMessage.map(JSONValue.string)
        return data
    }

    /// Gives up the atoms of a subjob without a final result.
    private mutating func cancelOpenAtoms(of index: SubjobID, _ decisions: inout ClusterDecisions) {
        subjobs[index].live = []
        for atom in subjobs[index].atoms.ids where !subjobs[index].atoms[atom].state.isFinal {
            giveUp(index, atom, &decisions)
        }
        complete(index, &decisions)
    }

    /// Gives up an atom without a final result.
    mutating func giveUp(_ index: SubjobID, _ position: AtomIndex, _ decisions: inout ClusterDecisions) {
        let atom = subjobs[index].atoms[position]
        // What a slave holds has not begun until it says so.
        if atom.startedAt == nil, atom.attempts == 0 {
            record.progress.unrunAtoms += 1
            decisions.builds[id] = record
        }
        mark(index, position, .canceled)
        subjobs[index].open -= 1
        decisions.atoms.append(subjobs[index].atoms[position])
    }

    mutating func enter(_ state: BuildState, _ now: Moment) {
        record.state = state
        record.timestamps[state] = now.wall
    }
}

// MARK: The slaves of the build

extension BuildStateMachine {
    /// Number of further executors that the build can use.
    ///
    /// Limited by its open subjobs and by its job's `max_executors`.
    var wantedExecutors: Int {
        guard state == .prepared || state == .building else { return 0 }
        return max(0, min(executorsLeft, waiting.count - crew.total.settingUp))
    }

    /// Assigns a slave to the build.
    mutating func enlist(
        slave: SlaveID,
        url: String,
        executors: Int,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) -> BuildSetup? {
        let limit = min(record.job?.maxExecutorsPerSlave ?? .max, max(1, executorsLeft))
        guard
            let setup = makeSetup(executors: min(executors, limit), firstExecutorIndex: record.executorsGiven)
        else { return nil }
        if state == .prepared { enter(.building, now) }
        record.executorsGiven += setup.executors
        decisions.builds[id] = record
        crew[slave] = CrewMember(setup: setup, url: url, since: now.uptime)
        return setup
    }

    /// Makes the set-up for a slave of the build; nil until the build is prepared.
    func makeSetup(executors: Int, firstExecutorIndex: Int) -> BuildSetup? {
        guard let job = record.job, let slaveParameters = record.slaveParameters else { return nil }
        return BuildSetup(
            build: id,
            projectType: record.projectType,
            parameters: slaveParameters,
            remoteFiles: record.parameters.remoteFiles,
            job: job,
            executors: executors,
            firstExecutorIndex: firstExecutorIndex,
            trace: isTraced ? TraceID(of: record) : nil
        )
    }

    /// Number of executors left by `max_executors`.
    var executorsLeft: Int { (record.job?.maxExecutors ?? .max) - crew.total.executors }

    /// Whether the build has no work for a slave that holds none of its subjobs, now or after other slaves give atoms
    /// back.
    func isDone(with slave: SlaveID) -> Bool {
        waiting.isEmpty && crew[slave]?.held.isEmpty != false && !isAsking
    }
}

extension AtomState {
    /// Whether the state can no longer change.
    package var isFinal: Bool { self == .completed || self == .canceled }
}
