import ClusterRunnerDomain

/// The grant of atoms of a subjob to a slave.
///
/// Only its slave may report these atoms, each once.
struct Lease: Sendable, Equatable {
    /// Its number.
    let id: LeaseID
    /// The subjob.
    let subjob: SubjobID
    /// The time of the grant, in uptime.
    let at: Duration
    /// The atoms that are not reported, in the order of their runs.
    var outstanding: [AtomIndex]
    /// Their expected cost.
    var cost: Double
    /// The executor expected to run it, from 0; the slave decides.
    var executor = 0
    /// The run time of the reported atoms.
    var seconds = 0.0
    /// The atoms that the slave was asked to give back, without an answer so far.
    var asked: [AtomIndex] = []
    /// The atoms that it gave back.
    var returned: Set<AtomIndex> = []
    /// The atoms whose result another slave reported first.
    var overtaken: Set<AtomIndex> = []

    /// The unreported atoms, in the form for the store and for slaves.
    var part: LeaseAtoms { LeaseAtoms(lease: id, atoms: outstanding) }
}
