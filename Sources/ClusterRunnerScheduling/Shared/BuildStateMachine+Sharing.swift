import ClusterRunnerDomain

/// Work sharing at the end of a build: atoms that a slave has not begun go to idle executors.
extension BuildStateMachine {
    /// Whether a slave was asked to give atoms back and has not answered.
    var isAsking: Bool { crew.total.asked > 0 }

    /// The slaves that are set up and hold no lease.
    var idleSlaves: [SlaveID] { crew.idle.sorted() }

    /// Number of executors that are idle and could get work.
    var idleExecutors: Int { crew.total.idleExecutors }

    /// Selects the atoms that slaves are asked to give back, when no subjob waits and executors are idle.
    ///
    /// The amount spreads the unbegun work evenly over the idle executors and those of the asked slaves, starting with
    /// the slaves that have most of it. Slaves that would begin all their atoms in less than `least` seconds are not
    /// asked.
    mutating func ask(of reachable: Set<SlaveID>, least: Double) -> [(slave: SlaveID, parts: [LeaseAtoms])] {
        let idle = idleExecutors
        guard state == .building, waiting.isEmpty, idle > 0 else { return [] }
        let donors = crew.filter { slave, member in
            member.isReady && member.unbegunAtoms > 0 && member.askedLeases == 0 && reachable.contains(slave)
        }.map { Donor(slave: $0, $1, seconds: secondsPerCost) }
            .filter { $0.secondsAhead >= least }
            .sorted { ($1.secondsAhead, $0.slave) < ($0.secondsAhead, $1.slave) }
        let executors = donors.reduce(idle) { $0 + $1.executors }
        var left = donors.reduce(0.0) { $0 + $1.unbegun } * Double(idle) / Double(executors)
        var asked: [(slave: SlaveID, parts: [LeaseAtoms])] = []
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

    /// A slave with more atoms than executors.
    private struct Donor {
        let slave: SlaveID
        let executors: Int
        /// Expected cost of its unbegun atoms.
        let unbegun: Double
        /// Seconds until it would have begun all of them.
        let secondsAhead: Double

        init(slave: SlaveID, _ member: CrewMember, seconds: Double) {
            self.slave = slave
            executors = member.executors
            unbegun = member.backlog * Double(member.unbegunAtoms) / Double(member.atoms)
            secondsAhead = unbegun * seconds / Double(member.executors) / member.speed
        }
    }

    /// Seconds for a cost of 1: one, or without history the mean time of the subjobs so far.
    private var secondsPerCost: Double { unknownCost == nil ? pace.seconds ?? 1 : 1 }

    private func subjob(of part: LeaseAtoms, _ slave: SlaveID) -> SubjobID {
        crew[slave]?.held[part.lease]?.subjob ?? 0
    }

    /// Selects the atoms that a slave would begin last, at least one and none that it may have begun.
    private func lastAtoms(of donor: Donor, cost limit: Double) -> [LeaseAtoms] {
        guard let member = crew[donor.slave] else { return [] }
        var left = member.unbegunAtoms
        var cost = 0.0
        var parts: [LeaseAtoms] = []
        for id in member.leases.reversed() where left > 0 && (cost < limit || parts.isEmpty) {
            guard let lease = member.held[id] else { continue }
            var atoms: [AtomIndex] = []
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

    /// Returns the atoms that a slave was asked to give back, without an answer so far.
    func asked(of slave: SlaveID) -> [LeaseAtoms] {
        (crew[slave]?.held.values ?? [:].values).filter { !$0.asked.isEmpty }
            .map { LeaseAtoms(lease: $0.id, atoms: $0.asked) }.sorted { $0.lease < $1.lease }
    }

    /// Takes back atoms of a lease, which the slave will not run under that lease.
    ///
    /// Atoms that the slave does not hold, because it has reported or given them back before or was given up, are
    /// ignored.
    mutating func takeBack(_ part: LeaseAtoms, from slave: SlaveID, _ decisions: inout ClusterDecisions) {
        guard let lease = crew[slave]?.held[part.lease] else { return }
        let index = lease.subjob
        let isAnswer = !lease.asked.isEmpty
        crew[slave]?.ask(for: [], of: part.lease)
        let atoms = part.atoms.filter(lease.outstanding.contains)
        guard !atoms.isEmpty else { return }
        // Otherwise it might give back its next atoms too, again and again.
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
