import ClusterRunnerConcurrency
package import ClusterRunnerDomain

/// The stored records of a build that was unfinished when its master ended.
package struct StoredBuild: Sendable {
    /// The build itself.
    package let record: BuildRecord
    /// Its subjobs, ordered by id.
    package let subjobs: [SubjobRecord]
    /// Its atoms, ordered by subjob and id.
    package let atoms: [AtomRecord]
    /// The failures of slaves that count against its budgets, oldest first.
    package let slaveFailures: [SlaveFailure]

    /// Creates it from the records.
    package init(
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

/// Continuation after a restart of the master.
extension BuildStateMachine {
    /// Resumes a build from its stored state.
    ///
    /// A build that was not prepared starts again. Otherwise stored results count, and subjobs that slaves held are
    /// reserved for them until `deadline`, in uptime.
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
        let open = subjobs.ids.filter { subjobs[$0].open > 0 }
        openSubjobs = open.count
        for index in open.reversed() {
            for lease in leasesAtRestart(of: index) { keep(lease) }
            requeue(index)
        }
        awaitedUntil = awaited.isEmpty ? nil : deadline
    }

    /// Returns the leases of a subjob that slaves may continue.
    ///
    /// None when some of its atoms will be retried: the store does not know which of these runs a slave has reported.
    private func leasesAtRestart(of index: SubjobID) -> [Lease] {
        let subjob = subjobs[index]
        let open: [AtomIndex] = subjob.atoms.ids.filter { !subjob.atoms[$0].state.isFinal }
        guard subjob.record.state == .inProgress, !open.contains(where: { subjob.atoms[$0].attempts > 0 }),
            let lease = subjob.record.lease
        else { return [] }
        let parts = subjob.record.parts.isEmpty ? [LeaseAtoms(lease: lease, atoms: open)] : subjob.record.parts
        return parts.map { part in
            let outstanding = part.atoms.filter(open.contains)
            let cost = cost(index, of: outstanding)
            return Lease(id: part.lease, subjob: index, at: .zero, outstanding: outstanding, cost: cost)
        }.filter { !$0.outstanding.isEmpty }
    }

    private mutating func keep(_ lease: Lease) {
        awaited[lease.id] = lease
        subjobs[lease.subjob].live.append(LeaseHolder(lease: lease.id, slave: nil))
        subjobs[lease.subjob].isNewAttempt = false
        for position in lease.outstanding { mark(lease.subjob, position, .inProgress) }
    }

    /// Whether the build has a project that slaves will ask for.
    var hasProject: Bool { state == .prepared || state == .building }

    /// Takes back a slave that had set up the build before.
    ///
    /// - Returns: Those of its leases that are no longer valid; nil when the build has no use for the slave.
    mutating func rejoin(slave: SlaveID, url: String, _ hold: HeldBuild, at now: Moment) -> [LeaseID]? {
        guard hasProject, hold.executors <= executorsLeft, let setup = makeSetup(hold) else { return nil }
        var member = CrewMember(setup: setup, url: url, since: now.uptime)
        member.isReady = hold.isSetUp
        crew[slave] = member
        var lost: [LeaseID] = []
        for id in Set(hold.leases).sorted() {
            guard let lease = awaited.removeValue(forKey: id) else {
                lost.append(id)
                continue
            }
            resume(lease, slave: slave, url: url, at: now)
        }
        if awaited.isEmpty { awaitedUntil = nil }
        return lost
    }

    private func makeSetup(_ hold: HeldBuild) -> BuildSetup? {
        makeSetup(executors: hold.executors, firstExecutorIndex: hold.firstExecutorIndex)
    }

    private mutating func resume(_ lease: Lease, slave: SlaveID, url: String, at now: Moment) {
        let index = lease.subjob
        if subjobs[index].record.lease == lease.id {
            subjobs[index].record.slaveID = slave
            subjobs[index].record.slaveURL = url
        }
        for place in subjobs[index].live.indices where subjobs[index].live[place].lease == lease.id {
            subjobs[index].live[place].slave = slave
        }
        crew[slave]?.hold(
            Lease(
                id: lease.id,
                subjob: index,
                at: now.uptime,
                outstanding: lease.outstanding,
                cost: lease.cost
            )
        )
    }

    /// Ends the wait for slaves that held subjobs before the restart, once its time is over.
    mutating func stopAwaiting(at now: Moment, _ decisions: inout ClusterDecisions) {
        guard let awaitedUntil, awaitedUntil <= now.uptime else { return }
        let leases = awaited.values.sorted { ($0.subjob, $0.id) > ($1.subjob, $1.id) }
        awaited = [:]
        self.awaitedUntil = nil
        for lease in leases { putBack(lease, &decisions) }
    }
}

extension BuildStateMachine.SubjobProgress {
    fileprivate init(resuming record: SubjobRecord, atoms: [AtomRecord]) {
        self.init(record: record, atoms: atoms, open: atoms.count { !$0.state.isFinal })
        tried = Set(record.lostSlaves)
        // A failed atom that another slave still ran was stored as running.
        for position in atoms.indices where !atoms[position].state.isFinal { self.atoms[position].state = .notStarted }
    }
}
