import ClusterRunnerDomain

/// The end of a build: atoms that a slave has not begun go to executors that have nothing to do.
extension BuildStateMachine {
    /// Whether a slave was asked to give atoms back and has not answered.
    var isAsking: Bool { crew.total.asked > 0 }

    /// The slaves that are set up and hold nothing.
    var idleSlaves: [Int] { crew.idle.sorted() }

    /// How many executors have nothing to do and could be given something.
    var idleExecutors: Int { crew.total.idleExecutors }

    /// What slaves should be asked to give back, when nothing waits and executors are idle.
    ///
    /// As much as makes what is not begun even over the idle executors and those of whom it is asked; first of those that
    /// have most to do. Slaves that would be done with it in less than `least` seconds are left alone.
    mutating func ask(of reachable: Set<Int>, least: Double) -> [(slave: Int, parts: [LeaseAtoms])] {
        let idle = idleExecutors
        guard state == .building, waiting.isEmpty, idle > 0 else { return [] }
        let donors = crew.filter { slave, member in
            member.isReady && member.atoms > member.executors && member.askedLeases == 0 && reachable.contains(slave)
        }.map { Donor(slave: $0, $1, seconds: secondsPerCost) }
            .filter { $0.secondsAhead >= least }
            .sorted { ($1.secondsAhead, $0.slave) < ($0.secondsAhead, $1.slave) }
        let executors = donors.reduce(idle) { $0 + $1.executors }
        var left = donors.reduce(0.0) { $0 + $1.unbegun } * Double(idle) / Double(executors)
        var asked: [(slave: Int, parts: [LeaseAtoms])] = []
        for donor in donors where left > 0 || asked.isEmpty {
            let most = donor.unbegun * Double(idle) / Double(idle + donor.executors)
            let parts = lastAtoms(of: donor, cost: min(most, max(left, 0)))
            for part in parts {
                crew[donor.slave]?.ask(for: part.atoms, of: part.lease)
                left -= part.atoms.reduce(0) { $0 + cost(subjob(of: part, donor.slave), $1) }
            }
            asked.append((donor.slave, parts))
        }
        return asked
    }

    /// A slave that has more atoms than executors.
    private struct Donor {
        let slave: Int
        let executors: Int
        /// What the atoms that it can hardly have begun should take: as many as it has more than executors.
        let unbegun: Double
        /// In how many seconds it would have begun all of them.
        let secondsAhead: Double

        init(slave: Int, _ member: CrewMember, seconds: Double) {
            self.slave = slave
            executors = member.executors
            unbegun = member.backlog * Double(member.atoms - member.executors) / Double(member.atoms)
            secondsAhead = unbegun * seconds / Double(member.executors) / member.speed
        }
    }

    /// How long a cost of 1 takes: a second, or as long as atoms took so far when nothing is known of them.
    private var secondsPerCost: Double { unknownCost == nil ? pace.seconds ?? 1 : 1 }

    private func subjob(of part: LeaseAtoms, _ slave: Int) -> Int { crew[slave]?.held[part.lease]?.subjob ?? 0 }

    /// The atoms that a slave would begin last, at least one and no more than it has beyond its executors.
    private func lastAtoms(of donor: Donor, cost limit: Double) -> [LeaseAtoms] {
        guard let member = crew[donor.slave] else { return [] }
        var left = member.atoms - member.executors
        var cost = 0.0
        var parts: [LeaseAtoms] = []
        for id in member.leases.reversed() where left > 0 && (cost < limit || parts.isEmpty) {
            guard let lease = member.held[id] else { continue }
            var atoms: [Int] = []
            for atom in lease.outstanding.reversed()
            where left > 0 && (cost < limit || (parts.isEmpty && atoms.isEmpty)) {
                atoms.append(atom)
                cost += self.cost(lease.subjob, atom)
                left -= 1
            }
            parts.append(LeaseAtoms(lease: id, atoms: atoms.reversed()))
        }
        return parts
    }

    /// What a slave was asked to give back and has not answered for.
    func asked(of slave: Int) -> [LeaseAtoms] {
        (crew[slave]?.held.values ?? [:].values).filter { !$0.asked.isEmpty }
            .map { LeaseAtoms(lease: $0.id, atoms: $0.asked) }.sorted { $0.lease < $1.lease }
    }

    /// A slave gave atoms of a lease back: it will never run them under that lease.
    ///
    /// Those that it does not hold, because it has reported or given back them before, or was given up, are ignored.
    mutating func takeBack(_ part: LeaseAtoms, from slave: Int, _ decisions: inout ClusterDecisions) {
        guard let lease = crew[slave]?.held[part.lease] else { return }
        let index = lease.subjob
        let isAnswer = !lease.asked.isEmpty
        crew[slave]?.ask(for: [], of: part.lease)
        let atoms = part.atoms.filter(lease.outstanding.contains)
        guard !atoms.isEmpty else { return }
        // It would give back what it got in place of them, again and again.
        if !isAnswer { crew[slave]?.isLeaving = true }
        for atom in atoms {
            let cost = cost(index, atom)
            crew[slave]?.gaveBack(atom, of: part.lease, cost: cost)
            if !isHeld(index, atom) { mark(index, atom, .notStarted) }
        }
        if crew[slave]?.held[part.lease]?.outstanding.isEmpty == true {
            _ = crew[slave]?.release(part.lease)
            subjobs[index].live.removeAll { $0.lease == part.lease }
        }
        queue(index, &decisions)
    }
}
