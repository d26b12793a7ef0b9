import ClusterRunnerDomain

/// A slave in the service of a build.
struct CrewMember: Sendable {
    /// What it was told to set up.
    let setup: BuildSetup
    /// The slave's `host:port`.
    let url: String
    /// When it joined, in uptime.
    let since: Duration
    /// Whether its set-up is done, so that it can be given subjobs.
    var isReady = false
    /// Whether it takes no more work: it was told to leave, or gave back what nobody asked it for.
    var isLeaving = false
    /// Whether it could not run an atom of the build.
    var isObstructed = false
    /// Whether it was asked for all that it has not begun.
    var isWithdrawn = false
    /// How fast it is, compared with history.
    var speed = 1.0
    /// The leases that it holds, by number.
    private(set) var held: [LeaseID: Lease] = [:]
    /// How many atoms it holds.
    private(set) var atoms = 0
    /// What those should take.
    private(set) var backlog = 0.0
    /// Of how many leases it was asked to give atoms back and has not answered.
    private(set) var askedLeases = 0
    /// When it last reported an atom, in uptime.
    private(set) var lastReport = Duration.zero
    /// The atoms that it said it runs, and since when, in uptime.
    private(set) var running: [LeasedAtom: Duration] = [:]

    /// How many of its executors the build uses.
    var executors: Int { setup.executors }

    /// How many of its executors have nothing to run, whichever of them runs which atom.
    var idleExecutors: Int { max(0, executors - atoms) }

    /// Whether it can be given work.
    var takesWork: Bool { isReady && !isLeaving }

    /// The executor that is expected to run the next lease: the first that is idle, or else the one with the least work.
    var nextExecutor: Int {
        var work = [Double](repeating: 0, count: max(1, executors))
        for lease in held.values { work[min(lease.executor, work.count - 1)] += max(lease.cost, .ulpOfOne) }
        return work.indices.min { (work[$0], $0) < (work[$1], $1) } ?? 0
    }

    /// Takes on a lease.
    mutating func hold(_ lease: Lease) {
        held[lease.id] = lease
        atoms += lease.outstanding.count
        backlog += lease.cost
    }

    /// Takes note of an atom that it runs.
    mutating func runs(_ claim: LeasedAtom, since begin: Duration) {
        running[claim] = begin
    }

    /// Lets go of a lease.
    mutating func release(_ id: LeaseID) -> Lease? {
        guard let lease = held.removeValue(forKey: id) else { return nil }
        atoms -= lease.outstanding.count
        backlog -= lease.cost
        if !lease.asked.isEmpty { askedLeases -= 1 }
        if !running.isEmpty { running = running.filter { $0.key.lease != id } }
        if held.isEmpty { backlog = 0 }
        return lease
    }

    /// Lets go of an atom of a lease; `cost` is what it should have taken.
    mutating func drop(_ atom: Int, of lease: LeaseID, cost: Double) {
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

    /// Takes note of a reported atom.
    mutating func report(_ atom: Int, of lease: LeaseID, cost: Double, seconds: Double, at now: Duration) {
        drop(atom, of: lease, cost: cost)
        held[lease]?.seconds += seconds
        lastReport = now
    }

    /// Takes note of atoms that it is asked to give back; none when it has answered.
    mutating func ask(for atoms: [Int], of lease: LeaseID) {
        guard let before = held[lease]?.asked else { return }
        held[lease]?.asked = atoms
        askedLeases += (atoms.isEmpty ? 0 : 1) - (before.isEmpty ? 0 : 1)
    }

    /// Takes note of an atom that it gave back.
    mutating func gaveBack(_ atom: Int, of lease: LeaseID, cost: Double) {
        drop(atom, of: lease, cost: cost)
        held[lease]?.returned.insert(atom)
    }

    /// Takes note that another slave was faster with an atom.
    mutating func isOvertaken(_ atom: Int, of lease: LeaseID, cost: Double) {
        drop(atom, of: lease, cost: cost)
        held[lease]?.overtaken.insert(atom)
    }

    /// The leases of what it holds, oldest first.
    var leases: [LeaseID] { held.keys.sorted() }
}
