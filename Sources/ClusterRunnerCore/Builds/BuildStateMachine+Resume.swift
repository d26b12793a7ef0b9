/// Everything that is kept of a build that was not finished when its master ended.
public struct StoredBuild: Sendable {
    /// The build itself.
    public let record: BuildRecord
    /// Its subjobs, ordered by id.
    public let subjobs: [SubjobRecord]
    /// Its atoms, ordered by subjob and id.
    public let atoms: [AtomRecord]
    /// The failures of slaves that cost its budgets, oldest first.
    public let slaveFailures: [SlaveFailure]

    /// Collects the records.
    public init(
        record: BuildRecord,
        subjobs: [SubjobRecord],
        atoms: [AtomRecord],
        slaveFailures: [SlaveFailure] = []
    ) {
        self.record = record
        self.subjobs = subjobs
        self.atoms = atoms
        self.slaveFailures = slaveFailures
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
        failures = stored.slaveFailures
        let atoms = Dictionary(grouping: stored.atoms, by: \.subjobID)
        subjobs = stored.subjobs.map { SubjobProgress(resuming: $0, atoms: atoms[$0.id] ?? []) }
        estimateCosts()
        let open = subjobs.indices.filter { subjobs[$0].open > 0 }
        openSubjobs = open.count
        for index in open.reversed() {
            for handOut in handOutsAtRestart(of: index) { keep(handOut) }
            requeue(index)
        }
        awaitedUntil = awaited.isEmpty ? nil : deadline
    }

    /// The hand-outs of a subjob that slaves may go on with.
    ///
    /// Not when atoms of it are to be run again: which of its runs a slave has reported is not known any more.
    private func handOutsAtRestart(of index: Int) -> [HandOut] {
        let subjob = subjobs[index]
        let open = subjob.atoms.indices.filter { !subjob.atoms[$0].state.isFinal }
        guard subjob.record.state == .inProgress, !open.contains(where: { subjob.atoms[$0].attempts > 0 }),
            let lease = subjob.record.lease
        else { return [] }
        let parts = subjob.record.parts.isEmpty ? [HandOutPart(lease: lease, atoms: open)] : subjob.record.parts
        return parts.map { part in
            let outstanding = part.atoms.filter(open.contains)
            let cost = cost(index, of: outstanding)
            return HandOut(lease: part.lease, subjob: index, at: .zero, outstanding: outstanding, cost: cost)
        }.filter { !$0.outstanding.isEmpty }
    }

    private mutating func keep(_ handOut: HandOut) {
        awaited[handOut.lease] = handOut
        subjobs[handOut.subjob].live.append(LiveLease(lease: handOut.lease, slave: nil))
        subjobs[handOut.subjob].isNewAttempt = false
        for position in handOut.outstanding { mark(handOut.subjob, position, .inProgress) }
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
        crew[slave] = member
        var lost: [Int] = []
        for lease in Set(hold.leases).sorted() {
            guard let handOut = awaited.removeValue(forKey: lease) else {
                lost.append(lease)
                continue
            }
            resume(handOut, slave: slave, url: url, at: now)
        }
        if awaited.isEmpty { awaitedUntil = nil }
        return lost
    }

    private func makeSetup(_ hold: SlaveHold) -> BuildSetup? {
        makeSetup(executors: hold.executors, firstExecutorIndex: hold.firstExecutorIndex)
    }

    private mutating func resume(_ handOut: HandOut, slave: Int, url: String, at now: Moment) {
        let index = handOut.subjob
        if subjobs[index].record.lease == handOut.lease {
            subjobs[index].record.slaveID = slave
            subjobs[index].record.slaveURL = url
        }
        for place in subjobs[index].live.indices where subjobs[index].live[place].lease == handOut.lease {
            subjobs[index].live[place].slave = slave
        }
        crew[slave]?.hold(
            HandOut(
                lease: handOut.lease,
                subjob: index,
                at: now.uptime,
                outstanding: handOut.outstanding,
                cost: handOut.cost
            )
        )
    }

    /// Gives up waiting for the slaves that held subjobs before the restart, when it is time.
    mutating func stopAwaiting(at now: Moment, _ decisions: inout ClusterDecisions) {
        guard let awaitedUntil, awaitedUntil <= now.uptime else { return }
        let handOuts = awaited.values.sorted { ($0.subjob, $0.lease) > ($1.subjob, $1.lease) }
        awaited = [:]
        self.awaitedUntil = nil
        for handOut in handOuts { putBack(handOut, &decisions) }
    }
}

extension BuildStateMachine.SubjobProgress {
    fileprivate init(resuming record: SubjobRecord, atoms: [AtomRecord]) {
        self.init(record: record, atoms: atoms, open: atoms.count { !$0.state.isFinal })
        tried = Set(record.lostSlaves)
        // One that failed while it was run a second time was stored as running.
        for position in atoms.indices where !atoms[position].state.isFinal { self.atoms[position].state = .notStarted }
    }
}
