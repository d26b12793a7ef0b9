import ClusterRunnerDomain

/// The grant of atoms of a subjob to a slave.
///
/// Its slave alone may report these atoms, each once.
struct Lease: Sendable, Equatable {
    /// Its number.
    let id: LeaseID
    /// The subjob.
    let subjob: Int
    /// When it was handed out, in uptime.
    let at: Duration
    /// The atoms that were not reported, by their place in the subjob, in the order in which they are to run.
    var outstanding: [Int]
    /// What the atoms that were not reported should take.
    var cost: Double
    /// The executor that is expected to run it, from 0; the slave decides.
    var executor = 0
    /// How long the reported ones took.
    var seconds = 0.0
    /// The atoms that the slave was asked to give back and has not answered for.
    var asked: [Int] = []
    /// The atoms that it gave back.
    var returned: Set<Int> = []
    /// The atoms of which another slave reported the result first.
    var overtaken: Set<Int> = []

    /// Which atoms of it are not reported, as the store and slaves know it.
    var part: LeaseAtoms { LeaseAtoms(lease: id, atoms: outstanding) }
}
