import ClusterRunnerDomain
import ClusterRunnerJobFile

/// A slave that works for a build.
struct CrewMember: Sendable {
    /// Its set-up instruction.
    let setup: BuildSetup
    /// The slave's `host:port`.
    let url: String
    /// The time at which it joined, in uptime.
    let since: Duration
    /// Whether its set-up is done, so that it can get subjobs.
    var isReady = false
    /// Whether it gets no more work: it was told to leave, or gave back atoms without being asked.
    var isLeaving = false
    /// Whether it could not run an atom of the build.
    var isObstructed = false
    /// Whether it was asked for all atoms that it has not begun.
    var isWithdrawn = false
    /// Its speed relative to history.
    var speed = 1.0
    /// Its leases, by number.
    private(set) var held: [LeaseID: Lease] = [:]
    /// Number of atoms that it holds.
    private(set) var atoms = 0
    /// Their expected cost.
    private(set) var backlog = 0.0
    /// Number of leases whose atoms it was asked to give back, without an answer so far.
    private(set) var askedLeases = 0
    /// The time of its last report of an atom, in uptime.
    private(set) var lastReport = Duration.zero
    /// The atoms that it said it runs, with their start in uptime.
    private(set) var running: [LeasedAtom: Duration] = [:]

    /// Number of its executors that the build uses.
    var executors: Int { setup.executors }

    /// Number of its executors without work, whichever atoms the others run.
    var idleExecutors: Int { max(0, executors - (setup.job.batch ? held.count : atoms)) }

    /// Number of atoms that it cannot have begun, because all executors are busy with others.
    ///
    /// An executor begins all atoms of a batch at once.
    var unbegunAtoms: Int {
        guard setup.job.batch else { return max(0, atoms - executors) }
        return leases.dropFirst(executors).reduce(0) { $0 + (held[$1]?.outstanding.count ?? 0) }
    }

    /// Whether it can get work.
    var takesWork: Bool { isReady && !isLeaving }

    /// The executor expected to run the next lease: the first idle one, otherwise the one with the least work.
    var nextExecutor: Int {
        var work = [Double](repeating: 0, count: max(1, executors))
        for lease in held.values { work[min(lease.executor, work.count - 1)] += max(lease.cost, .ulpOfOne) }
        return work.indices.min { (work[$0], $0) < (work[$1], $1) } ?? 0
    }

    /// Adds a lease.
    mutating func hold(_ lease: Lease) {
        held[lease.id] = lease
        atoms += lease.outstanding.count
        backlog += lease.cost
    }

    /// Records an atom that it runs.
    mutating func runs(_ claim: LeasedAtom, since begin: Duration) {
        running[claim] = begin
    }

    /// Removes a lease.
    mutating func release(_ id: LeaseID) -> Lease? {
        guard let lease = held.removeValue(forKey: id) else { return nil }
        atoms -= lease.outstanding.count
        backlog -= lease.cost
        if !lease.asked.isEmpty { askedLeases -= 1 }
        if !running.isEmpty { running = running.filter { $0.key.lease != id } }
        if held.isEmpty { backlog = 0 }
        return lease
    }

    /// Removes an atom of a lease; `cost` is its expected cost.
    mutating func drop(_ atom: AtomIndex, of lease: LeaseID, cost: Double) {
        guard let place = held[lease]?.outstanding.firstIndex(of: atom) else { return }
        held[lease]?.outstanding.remove(at: place)
        held[lease]?.cost -= cost
        if !running.isEmpty, let subjob = held[lease]?.subjob {
            running[LeasedAtom(lease: lease, subjob: subjob, atom: atom)] = nil
        }
        if let asked = held[lease]?.asked, !asked.isEmpty { ask(for: asked.filter { $0 != atom }, of: lease) }
        atoms -= 1
        backlog -= cost
    }

    /// Records a reported atom.
    mutating func report(_ atom: AtomIndex, of lease: LeaseID, cost: Double, seconds: Double, at now: Duration) {
        drop(atom, of: lease, cost: cost)
        held[lease]?.seconds += seconds
        lastReport = now
    }

    /// Records the atoms that it is asked to give back; an empty list means that it has answered.
    mutating func ask(for atoms: [AtomIndex], of lease: LeaseID) {
        guard let before = held[lease]?.asked else { return }
        held[lease]?.asked = atoms
        askedLeases += (atoms.isEmpty ? 0 : 1) - (before.isEmpty ? 0 : 1)
    }

    /// Records an atom that it gave back.
    mutating func gaveBack(_ atom: AtomIndex, of lease: LeaseID, cost: Double) {
        drop(atom, of: lease, cost: cost)
        held[lease]?.returned.insert(atom)
    }

    /// Records that another slave reported an atom first.
    mutating func isOvertaken(_ atom: AtomIndex, of lease: LeaseID, cost: Double) {
        drop(atom, of: lease, cost: cost)
        held[lease]?.overtaken.insert(atom)
    }

    /// The numbers of its leases, oldest first.
    var leases: [LeaseID] { held.keys.sorted() }
}
