/// Handing out subjobs, and taking them back.
extension BuildStateMachine {
    /// A slave has set the build up and can be given work.
    mutating func slaveIsReady(_ slave: Int) {
        crew[slave]?.isReady = true
    }

    /// How many more subjobs a slave should hold now.
    ///
    /// One runs per executor and at least one more is kept ready, so that an executor never waits for a round trip. When
    /// subjobs are short, more are handed out ahead, but never over half of a fair share of what is left, so that the
    /// slaves end together; at the very end a slave gets only what it can start at once.
    func capacity(of slave: Int, ahead: Duration) -> Int {
        guard let member = crew[slave], member.isReady, state == .building else { return 0 }
        let total = crew.values.reduce(0) { $0 + $1.executors }
        guard waiting.count > total else { return min(waiting.count, max(0, member.executors - member.held.count)) }
        let byPace = pace.seconds.map { ahead.inSeconds / max($0, 0.0001) } ?? 1
        let fairShare = waiting.count * member.executors / (2 * total)
        let extra = max(member.executors, min(Int(Double(member.executors) * min(byPace, 1000)), fairShare))
        return min(waiting.count, max(0, member.executors + extra - member.held.count))
    }

    /// Where in ``waiting`` the next subjob for a slave is.
    ///
    /// What was tried there in vain comes last, and only when no other slave that could take it at once is better.
    func next(for slave: Int, among crew: [Int: CrewMember]) -> Int? {
        guard state == .building, let url = self.crew[slave]?.url, let last = waiting.last else { return nil }
        if !subjobs[last].tried.contains(url) { return waiting.count - 1 }
        let others = crew.filter { $0.key != slave && $0.value.isReady }.map(\.value)
        if others.isEmpty { return waiting.count - 1 }
        if let untried = waiting.lastIndex(where: { !subjobs[$0].tried.contains(url) }) { return untried }
        let free = others.filter { $0.held.count < $0.executors }
        return waiting.lastIndex { index in free.allSatisfy { subjobs[index].tried.contains($0.url) } }
    }

    /// Hands the subjob at a place of ``waiting`` to a slave.
    mutating func handOut(
        _ place: Int,
        to slave: Int,
        url: String,
        lease: Int,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) -> Assignment? {
        let index = waiting.remove(at: place)
        crew[slave]?.held.insert(index)
        subjobs[index].record.state = .inProgress
        subjobs[index].record.slaveID = slave
        subjobs[index].record.slaveURL = url
        subjobs[index].record.lease = lease
        subjobs[index].record.attempts += 1
        subjobs[index].handedOutAt = now.uptime
        subjobs[index].outstanding = subjobs[index].open
        for position in subjobs[index].atoms.indices where !subjobs[index].atoms[position].state.isFinal {
            subjobs[index].atoms[position].state = .inProgress
        }
        decisions.subjobs.append(subjobs[index].record)
        decisions.record(
            .masterTriggeredSubjob,
            at: now.wall,
            ["build_id": .integer(id), "subjob_id": .integer(index), "slave_id": .integer(slave)]
        )
        return assignment(of: index)
    }

    /// The records of the subjobs that a slave holds.
    func heldSubjobs(of slave: Int) -> [SubjobRecord] {
        (crew[slave]?.held ?? []).sorted().map { subjobs[$0].record }
    }

    /// The leases of what a slave holds.
    func leases(of slave: Int) -> [Int] {
        (crew[slave]?.held ?? []).compactMap { subjobs[$0].record.lease }
    }

    /// What a slave holds, as it was handed out, less the atoms that it has reported.
    func assignments(of slave: Int) -> [Assignment] {
        (crew[slave]?.held ?? []).sorted().compactMap(assignment(of:))
    }

    private func assignment(of index: Int) -> Assignment? {
        let atoms = subjobs[index].atoms.filter { $0.state == .inProgress }
        return subjobs[index].record.lease.map {
            Assignment(
                lease: $0,
                build: id,
                subjob: index,
                atoms: atoms.map { AssignedAtom(id: $0.id, atom: $0.atom) }
            )
        }
    }

    /// A slave leaves the build's service; what it held goes back to the head of the queue.
    ///
    /// - Returns: Whether the slave was in the build's service.
    @discardableResult
    mutating func dismiss(slave: Int) -> Bool {
        guard let member = crew.removeValue(forKey: slave) else { return false }
        for index in member.held.sorted(by: >) { putBack(index) }
        return true
    }

    /// A slave is lost: like ``dismiss(slave:)``, but each subjob that it held has lost a slave once more.
    mutating func lose(
        slave: Int,
        url: String,
        budget: Int,
        _ decisions: inout ClusterDecisions
    ) {
        let held = crew[slave]?.held ?? []
        for index in held.sorted(by: >) {
            subjobs[index].record.lostSlaves.append(url)
            subjobs[index].tried.insert(url)
            let lost = subjobs[index].record.lostSlaves
            guard lost.count >= budget else { continue }
            let cause = "\(lost.count) slaves were lost while they held it: \(lost.joined(separator: ", "))."
            failOpenAtoms(of: index, cause: cause, &decisions)
            crew[slave]?.held.remove(index)
        }
        dismiss(slave: slave)
        for index in held { decisions.subjobs.append(subjobs[index].record) }
    }

    /// Puts a subjob that nobody works on any more at the head of the queue.
    mutating func putBack(_ index: Int) {
        for position in subjobs[index].atoms.indices where subjobs[index].atoms[position].state == .inProgress {
            subjobs[index].atoms[position].state = .notStarted
        }
        subjobs[index].outstanding = 0
        subjobs[index].record.state = .queued
        waiting.append(index)
    }

    private mutating func failOpenAtoms(of index: Int, cause: String, _ decisions: inout ClusterDecisions) {
        for position in subjobs[index].atoms.indices where !subjobs[index].atoms[position].state.isFinal {
            settle(index, position, AtomResult(exitCode: 1, seconds: 0, cause: cause), &decisions)
        }
        complete(index, &decisions)
    }
}

extension Duration {
    /// The duration in seconds.
    public var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
