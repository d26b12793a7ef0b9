package import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin

/// A waiting atom, with its lease.
package struct QueuedAtom: Sendable, Equatable {
    /// The lease, which the result must name.
    package let lease: LeaseID
    /// The subjob.
    package let subjob: SubjobID
    /// The atom.
    package let atom: GrantedAtom
    /// The further atoms that the same process runs.
    package let companions: [GrantedAtom]

    /// All atoms that the process runs.
    package var members: [GrantedAtom] { [atom] + companions }

    /// The leased atom that a result names.
    package var claim: LeasedAtom { LeasedAtom(lease: lease, subjob: subjob, atom: atom.id) }

    /// Creates a queued atom.
    package init(lease: LeaseID, subjob: SubjobID, atom: GrantedAtom, companions: [GrantedAtom] = []) {
        self.companions = companions
        self.lease = lease
        self.subjob = subjob
        self.atom = atom
    }
}

/// The waiting atoms of a build, and the order in which executors take them.
///
/// A pure value. An executor runs the atoms of one lease in order, then takes the next lease. When no lease waits, it
/// takes half of the waiting atoms of the executor that has the most left. With batches it takes all atoms of a lease at
/// once, except those that must run alone.
package struct ExecutorQueue: Sendable {
    /// Atoms of one lease that belong to one executor or wait for one.
    private struct Share: Sendable {
        let lease: LeaseID
        let subjob: SubjobID
        var atoms: ArraySlice<GrantedAtom>
    }

    private var waiting: ArraySlice<Share> = []
    private var shares: [Share?]
    private var known: Set<LeaseID> = []
    private var isClosed = false
    private let isBatching: Bool
    /// The atoms that have run in a batch and must run again alone.
    private var alone: Set<LeasedAtom> = []
    /// The number of atoms that have not begun.
    package private(set) var waitingAtoms = 0

    /// Creates an empty queue for a number of executors.
    package init(executors: Int, isBatching: Bool = false) {
        self.isBatching = isBatching
        shares = Array(repeating: nil, count: executors)
    }

    /// Adds leases; ignores those that were added before, and all of them once the queue is closed.
    package mutating func add(_ grants: [LeaseGrant]) {
        guard !isClosed else { return }
        for grant in grants where known.insert(grant.lease).inserted {
            waitingAtoms += grant.atoms.count
            waiting.append(Share(lease: grant.lease, subjob: grant.subjob, atoms: grant.atoms[...]))
        }
    }

    /// Takes the next atom for an executor; nil when no atom waits.
    package mutating func next(for executor: Int) -> QueuedAtom? {
        while shares[executor]?.atoms.isEmpty != false {
            guard let share = waiting.popFirst() ?? halfOfLargestShare() else { return nil }
            shares[executor] = share
        }
        guard let share = shares[executor], let atom = shares[executor]?.atoms.popFirst() else { return nil }
        waitingAtoms -= 1
        let companions = isBatching ? takeCompanions(of: atom, in: share, for: executor) : []
        return QueuedAtom(lease: share.lease, subjob: share.subjob, atom: atom, companions: companions)
    }

    /// Takes the atoms that may share a process with one, from the begin of what is left of its lease.
    private mutating func takeCompanions(
        of first: GrantedAtom,
        in share: Share,
        for executor: Int
    ) -> [GrantedAtom] {
        func sharesProcess(_ atom: GrantedAtom) -> Bool {
            atom.mayShareProcess
                && !alone.contains(LeasedAtom(lease: share.lease, subjob: share.subjob, atom: atom.id))
        }
        guard sharesProcess(first) else { return [] }
        var bytes = first.atom.value.count
        var companions: [GrantedAtom] = []
        while let atom = shares[executor]?.atoms.first, atom.atom.variable == first.atom.variable,
            sharesProcess(atom)
        {
            bytes += atom.atom.value.count + 1
            guard bytes <= Self.batchBytes else { break }
            companions.append(atom)
            shares[executor]?.atoms.removeFirst()
        }
        waitingAtoms -= companions.count
        return companions
    }

    /// The maximum size of the values of a batch in bytes, half of what Linux takes for one variable.
    private static let batchBytes = 64 << 10

    /// Returns atoms of a batch, each of which must run again alone, to the executor that ran it.
    ///
    /// Ignores those of leases that were dropped meanwhile.
    package mutating func putBack(_ atoms: [GrantedAtom], of task: QueuedAtom, to executor: Int) {
        guard known.contains(task.lease), !atoms.isEmpty else { return }
        for atom in atoms { alone.insert(LeasedAtom(lease: task.lease, subjob: task.subjob, atom: atom.id)) }
        let rest = shares[executor].flatMap { $0.lease == task.lease ? $0.atoms : nil } ?? []
        shares[executor] = Share(lease: task.lease, subjob: task.subjob, atoms: (atoms + rest)[...])
        waitingAtoms += atoms.count
    }

    /// Whether the next atom of an executor belongs to a lease, unless another executor takes it first.
    package func continues(_ lease: LeaseID, on executor: Int) -> Bool {
        shares[executor].map { $0.lease == lease && !$0.atoms.isEmpty } ?? false
    }

    private mutating func halfOfLargestShare() -> Share? {
        let largest = shares.indices.max { count(of: $0) < count(of: $1) }
        guard let largest, let share = shares[largest], !share.atoms.isEmpty else { return nil }
        let kept = share.atoms.count / 2
        shares[largest]?.atoms = share.atoms.prefix(kept)
        return Share(lease: share.lease, subjob: share.subjob, atoms: share.atoms.dropFirst(kept))
    }

    private func count(of executor: Int) -> Int { shares[executor]?.atoms.count ?? 0 }

    /// Removes atoms of a lease that have not begun.
    ///
    /// - Returns: The removed atoms, which the slave will never run under that lease.
    package mutating func giveBack(_ atoms: [AtomIndex], of lease: LeaseID) -> [AtomIndex] {
        let wanted = Set(atoms)
        var returned: [AtomIndex] = []
        func take(from share: inout Share) {
            guard share.lease == lease, share.atoms.contains(where: { wanted.contains($0.id) }) else { return }
            returned += share.atoms.map(\.id).filter(wanted.contains)
            share.atoms = share.atoms.filter { !wanted.contains($0.id) }[...]
        }
        for index in waiting.indices { take(from: &waiting[index]) }
        for executor in shares.indices {
            guard var share = shares[executor] else { continue }
            take(from: &share)
            shares[executor] = share
        }
        waiting.removeAll { $0.atoms.isEmpty }
        waitingAtoms -= returned.count
        return returned.sorted()
    }

    /// Removes all atoms that have not begun.
    ///
    /// - Returns: The removed atoms, which the slave will never run under these leases.
    package mutating func giveBackAll() -> [LeaseAtoms] {
        var returned: [LeaseID: [AtomIndex]] = [:]
        for share in Array(waiting) + shares.compactMap({ $0 }) where !share.atoms.isEmpty {
            returned[share.lease, default: []] += share.atoms.map(\.id)
        }
        waiting = []
        for executor in shares.indices { shares[executor]?.atoms = [] }
        waitingAtoms = 0
        return returned.sorted { $0.key < $1.key }.map { LeaseAtoms(lease: $0.key, atoms: $0.value.sorted()) }
    }

    /// The leases that were added and not dropped.
    package var leases: [LeaseID] { known.sorted() }

    /// Forgets leases, except for their running atoms; they may be added again.
    package mutating func drop(_ leases: [LeaseID]) {
        let dropped = Set(leases)
        waiting.removeAll { dropped.contains($0.lease) }
        for executor in shares.indices where shares[executor].map({ dropped.contains($0.lease) }) == true {
            shares[executor] = nil
        }
        known.subtract(dropped)
        alone = alone.filter { !dropped.contains($0.lease) }
        countWaiting()
    }

    /// The leases with atoms that have not begun.
    package var waitingLeases: [LeaseID] {
        let begun = shares.compactMap { $0 }.filter { !$0.atoms.isEmpty }
        return Set((waiting + begun).map(\.lease)).sorted()
    }

    /// Whether a lease was added and not dropped.
    package func knows(_ lease: LeaseID) -> Bool { known.contains(lease) }

    /// Closes the queue: leases that no executor has begun are not run; the others are run to their end.
    package mutating func close() {
        isClosed = true
        waiting = []
        countWaiting()
    }

    private mutating func countWaiting() {
        waitingAtoms = waiting.reduce(0) { $0 + $1.atoms.count } + shares.reduce(0) { $0 + ($1?.atoms.count ?? 0) }
    }
}

extension GrantedAtom {
    /// Whether it may run in one process with others.
    ///
    /// One that failed or met an obstacle is alone, so that its next run says something about it. A list with one value
    /// a line can have neither an empty value nor one of several lines.
    fileprivate var mayShareProcess: Bool {
        failures == nil && obstructions == nil && !atom.value.isEmpty
            && !atom.value.withBytes { $0.contains(UInt8(ascii: "\n")) }
    }
}
