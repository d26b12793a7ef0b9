/// Everything that is kept of a build that was not finished when its master ended.
public struct StoredBuild: Sendable {
    /// The build itself.
    public let record: BuildRecord
    /// Its subjobs, ordered by id.
    public let subjobs: [SubjobRecord]
    /// Its atoms, ordered by subjob and id.
    public let atoms: [AtomRecord]
    /// Its failed set-ups, oldest first.
    public let setupFailures: [SetupFailure]

    /// Collects the records.
    public init(
        record: BuildRecord,
        subjobs: [SubjobRecord],
        atoms: [AtomRecord],
        setupFailures: [SetupFailure] = []
    ) {
        self.record = record
        self.subjobs = subjobs
        self.atoms = atoms
        self.setupFailures = setupFailures
    }
}

/// Going on after a restart of the master.
extension BuildStateMachine {
    /// Takes a build up where the store says that it was.
    ///
    /// A build that was not prepared begins anew. Of one that was, results count that are in the store; subjobs that
    /// slaves held are kept for them until `deadline`, in uptime.
    init(resuming stored: StoredBuild, awaitingSlavesUntil deadline: Duration) {
        self.init(record: stored.record)
        guard state == .prepared || state == .building else {
            record.state = .queued
            record.timestamps[.preparing] = nil
            return
        }
        setupFailures = stored.setupFailures
        let atoms = Dictionary(grouping: stored.atoms, by: \.subjobID)
        subjobs = stored.subjobs.map { SubjobProgress(resuming: $0, atoms: atoms[$0.id] ?? []) }
        let open = subjobs.indices.filter { subjobs[$0].open > 0 }
        openSubjobs = open.count
        awaited = Set(open.filter { subjobs[$0].isAsHandedOut })
        awaitedUntil = awaited.isEmpty ? nil : deadline
        for index in open.reversed() where !awaited.contains(index) { putBack(index) }
    }

    /// Whether there is a project that slaves will ask for.
    var hasProject: Bool { state == .prepared || state == .building }

    /// Takes back a slave that had set the build up before.
    ///
    /// - Returns: Those of its hand-outs that count no more; nil when the build has no use for the slave.
    mutating func rejoin(slave: Int, url: String, _ hold: SlaveHold, at now: Moment) -> [Int]? {
        guard hasProject, hold.executors <= executorsLeft, let setup = makeSetup(hold) else { return nil }
        var member = CrewMember(setup: setup, url: url, since: now.uptime)
        member.isReady = hold.isSetUp
        let leases = Set(hold.leases)
        for index in awaited where subjobs[index].record.lease.map(leases.contains) == true {
            member.held.insert(index)
            resumeHandOut(of: index, slave: slave, url: url, at: now)
        }
        awaited.subtract(member.held)
        if awaited.isEmpty { awaitedUntil = nil }
        crew[slave] = member
        return leases.subtracting(member.held.compactMap { subjobs[$0].record.lease }).sorted()
    }

    private func makeSetup(_ hold: SlaveHold) -> BuildSetup? {
        makeSetup(executors: hold.executors, firstExecutorIndex: hold.firstExecutorIndex)
    }

    private mutating func resumeHandOut(of index: Int, slave: Int, url: String, at now: Moment) {
        subjobs[index].record.slaveID = slave
        subjobs[index].record.slaveURL = url
        subjobs[index].handedOutAt = now.uptime
        subjobs[index].outstanding = subjobs[index].open
        for position in subjobs[index].atoms.indices where !subjobs[index].atoms[position].state.isFinal {
            subjobs[index].atoms[position].state = .inProgress
        }
    }

    /// Gives up waiting for the slaves that held subjobs before the restart, when it is time.
    mutating func stopAwaiting(at now: Moment, _ decisions: inout ClusterDecisions) {
        guard let awaitedUntil, awaitedUntil <= now.uptime else { return }
        for index in awaited.sorted(by: >) {
            putBack(index)
            decisions.subjobs.append(subjobs[index].record)
        }
        awaited = []
        self.awaitedUntil = nil
    }
}

extension BuildStateMachine.SubjobProgress {
    fileprivate init(resuming record: SubjobRecord, atoms: [AtomRecord]) {
        self.init(record: record, atoms: atoms, open: atoms.count { !$0.state.isFinal })
        tried = Set(record.lostSlaves)
    }

    /// Whether a slave may go on with the hand-out that is in the store.
    ///
    /// Not when atoms of it are to be run again: which of its runs the slave has reported is not known any more.
    fileprivate var isAsHandedOut: Bool {
        record.state == .inProgress && !atoms.contains { !$0.state.isFinal && $0.attempts > 0 }
    }
}
