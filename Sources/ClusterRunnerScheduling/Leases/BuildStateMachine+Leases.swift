import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin

/// Granting subjobs, and taking them back.
extension BuildStateMachine {
    /// Records that a slave has set up the build and can get work.
    mutating func slaveIsReady(_ slave: SlaveID) {
        crew[slave]?.isReady = true
    }

    /// Grants the subjob at a place of ``waiting`` to a slave: those of its atoms that no slave holds, or a fair share
    /// of them.
    mutating func grant(
        _ place: Int,
        to slave: SlaveID,
        lease: LeaseID,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) -> LeaseGrant? {
        guard let url = crew[slave]?.url else { return nil }
        let index = waiting[place]
        let open: [AtomIndex] = subjobs[index].atoms.ids.filter { subjobs[index].atoms[$0].state == .notStarted }
        let taken = share(of: open, index, for: slave)
        if taken.count == open.count {
            waiting.remove(at: place)
            subjobs[index].isWaiting = false
        }
        let executor = hold(taken, of: index, to: slave, lease: lease, at: now)
        for position in taken { mark(index, position, .inProgress) }
        subjobs[index].record.slaveID = slave
        subjobs[index].record.slaveURL = url
        subjobs[index].record.lease = lease
        if subjobs[index].isNewAttempt { subjobs[index].record.attempts += 1 }
        subjobs[index].isNewAttempt = false
        noteParts(of: index, &decisions)
        var data: [String: JSONValue] = [
            "build_id": .integer(id), "subjob_id": .integer(index), "slave_id": .integer(slave),
            "executor_id": .integer(executor),
        ]
        if taken.count < subjobs[index].atoms.count { data["atom_ids"] = .array(taken.map(JSONValue.integer)) }
        decisions.record(.masterTriggeredSubjob, at: now.wall, data)
        return leaseGrant(index, lease, taken)
    }

    /// Adds a lease of atoms of a subjob to a slave.
    ///
    /// - Returns: The executor expected to run them.
    mutating func hold(_ atoms: [AtomIndex], of index: SubjobID, to slave: SlaveID, lease id: LeaseID, at now: Moment)
        -> Int
    {
        let cost = cost(index, of: atoms)
        var lease = Lease(id: id, subjob: index, at: now.uptime, outstanding: atoms, cost: cost)
        lease.executor = crew[slave]?.nextExecutor ?? 0
        crew[slave]?.hold(lease)
        subjobs[index].live.append(LeaseHolder(lease: id, slave: slave))
        return lease.executor
    }

    /// Records the leases of a subjob, for a restart.
    mutating func noteParts(of index: SubjobID, _ decisions: inout ClusterDecisions) {
        let leases = subjobs[index].live.compactMap { live in
            live.slave.map { crew[$0]?.held[live.lease] } ?? awaited[live.lease]
        }
        subjobs[index].record.state = leases.isEmpty ? .queued : .inProgress
        let isWhole =
            leases.count == 1 && leases[0].outstanding.count == subjobs[index].open
            && leases[0].id == subjobs[index].record.lease
        subjobs[index].record.parts = leases.isEmpty || isWhole ? [] : leases.map(\.part)
        decisions.subjobs.append(subjobs[index].record)
    }

    /// Returns the records of the subjobs that a slave holds.
    func heldSubjobs(of slave: SlaveID) -> [SubjobRecord] {
        Set(crew[slave]?.held.values.map(\.subjob) ?? []).sorted().map { subjobs[$0].record }
    }

    /// Returns the numbers of the leases that a slave holds.
    func leases(of slave: SlaveID) -> [LeaseID] { crew[slave]?.leases ?? [] }

    /// Returns the grants of a slave, without the atoms that it has reported or given back.
    func grants(of slave: SlaveID) -> [LeaseGrant] {
        (crew[slave]?.leases ?? []).compactMap { lease in
            crew[slave]?.held[lease].map { leaseGrant($0.subjob, lease, $0.outstanding) }
        }
    }

    /// Returns the grants that a slave has held since a time, except those of these leases.
    func grants(of slave: SlaveID, notAmong leases: [LeaseID], since time: Duration) -> [LeaseGrant] {
        guard let held = crew[slave]?.held, !held.isEmpty else { return [] }
        let named = Set(leases)
        let others = held.values.filter { $0.at <= time && !named.contains($0.id) }
        return others.sorted { $0.id < $1.id }.map { leaseGrant($0.subjob, $0.id, $0.outstanding) }
    }

    func leaseGrant(_ index: SubjobID, _ lease: LeaseID, _ positions: [AtomIndex]) -> LeaseGrant {
        let atoms = positions.map { subjobs[index].atoms[$0] }
        return LeaseGrant(
            lease: lease,
            build: id,
            subjob: index,
            atoms: atoms.map(GrantedAtom.init)
        )
    }
}

// MARK: Taking back

extension BuildStateMachine {
    /// Removes a slave from the build; its work returns to the head of the queue.
    ///
    /// - Returns: Whether the slave worked for the build.
    @discardableResult
    mutating func dismiss(slave: SlaveID, _ decisions: inout ClusterDecisions) -> Bool {
        guard let member = crew.removeValue(forKey: slave) else { return false }
        for lease in member.held.values.sorted(by: { ($0.subjob, $0.id) > ($1.subjob, $1.id) }) {
            putBack(lease, &decisions)
        }
        return true
    }

    /// Removes a lost slave: like ``dismiss(slave:_:)``, but counts a loss for each subjob that it held.
    mutating func lose(
        slave: SlaveID,
        url: String,
        budget: Int,
        _ decisions: inout ClusterDecisions
    ) {
        let held = crew[slave]?.held.values.sorted { ($0.subjob, $0.id) > ($1.subjob, $1.id) } ?? []
        for index in Set(held.map(\.subjob)).sorted(by: >) {
            subjobs[index].record.lostSlaves.append(url)
            subjobs[index].tried.insert(url)
            let lost = subjobs[index].record.lostSlaves
            guard lost.count >= budget else { continue }
            let cause = "\(lost.count) slaves were lost while they held it: \(lost.joined(separator: ", "))."
            for lease in held where lease.subjob == index { fail(lease, of: slave, cause: cause, &decisions) }
        }
        dismiss(slave: slave, &decisions)
    }

    private mutating func fail(
        _ lease: Lease,
        of slave: SlaveID,
        cause: String,
        _ decisions: inout ClusterDecisions
    ) {
        let index = lease.subjob
        _ = crew[slave]?.release(lease.id)
        subjobs[index].live.removeAll { $0.lease == lease.id }
        for position in lease.outstanding where !isHeld(index, position) {
            settle(index, position, AtomResult(exitCode: 1, seconds: 0, cause: cause), &decisions)
        }
        if subjobs[index].open > 0 { queue(index, &decisions) }
        complete(index, &decisions)
        decisions.builds[id] = record
    }

    /// Returns the atoms of an abandoned lease to the head of the queue.
    mutating func putBack(_ lease: Lease, _ decisions: inout ClusterDecisions) {
        let index = lease.subjob
        subjobs[index].live.removeAll { $0.lease == lease.id }
        for position in lease.outstanding where !isHeld(index, position) {
            mark(index, position, .notStarted)
            if forgetRun(index, position) { decisions.atoms.append(subjobs[index].atoms[position]) }
        }
        subjobs[index].isNewAttempt = true
        queue(index, &decisions)
    }

    /// Puts a subjob at the head of the queue, if it has atoms that no slave holds.
    mutating func queue(_ index: SubjobID, _ decisions: inout ClusterDecisions) {
        requeue(index)
        noteParts(of: index, &decisions)
    }

    /// Does the same as ``queue(_:_:)`` for a subjob whose record needs no change.
    mutating func requeue(_ index: SubjobID) {
        guard subjobs[index].hasAtomsToRun, !subjobs[index].isWaiting else { return }
        waiting.append(index)
        subjobs[index].isWaiting = true
    }

    /// Whether a slave holds an atom, or one from before a restart may.
    func isHeld(_ index: SubjobID, _ position: AtomIndex) -> Bool {
        subjobs[index].live.contains { live in
            let lease = live.slave.map { crew[$0]?.held[live.lease] } ?? awaited[live.lease]
            return lease?.outstanding.contains(position) == true
        }
    }

    /// Sets the state of an atom, and updates the cost of the waiting work.
    mutating func mark(_ index: SubjobID, _ position: AtomIndex, _ state: AtomState) {
        let old = subjobs[index].atoms[position].state
        guard old != state else { return }
        if old == .notStarted { waitingWork -= cost(index, position) }
        if state == .notStarted { waitingWork += cost(index, position) }
        subjobs[index].atoms[position].state = state
    }
}

extension BuildStateMachine.SubjobProgress {
    /// Whether it has atoms to run that no slave holds.
    var hasAtomsToRun: Bool { atoms.contains { $0.state == .notStarted } }

    /// Whether some of these failed and will be retried.
    var hasFailedAtomsToRun: Bool { atoms.contains { $0.state == .notStarted && $0.attempts > 0 } }
}

extension GrantedAtom {
    /// Creates the granted form of an atom; zero counts are omitted.
    init(_ atom: AtomRecord) {
        self.init(
            id: atom.id,
            atom: atom.atom,
            failures: atom.attempts == 0 ? nil : atom.attempts,
            obstructions: atom.obstructions == 0 ? nil : atom.obstructions
        )
    }
}
