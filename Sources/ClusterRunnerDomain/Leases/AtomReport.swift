/// One atom of a lease: what a slave claims to run.
package struct LeasedAtom: Sendable, Hashable, Codable {
    /// The lease it belongs to.
    package let lease: LeaseID
    /// The subjob.
    package let subjob: Int
    /// The atom's number in the subjob.
    package let atom: Int

    /// Creates a claim.
    package init(lease: LeaseID, subjob: Int, atom: Int) {
        self.lease = lease
        self.subjob = subjob
        self.atom = atom
    }
}

/// What a slave reports of one run of an atom.
package struct AtomReport: Sendable, Equatable, Codable {
    /// The lease it belongs to.
    package let lease: LeaseID
    /// The subjob.
    package let subjob: Int
    /// The atom's number in the subjob.
    package let atom: Int
    /// Which executor of the slave ran it, from 0.
    package let executor: Int
    /// How many seconds before the report was sent the run began; nil when that is not known.
    package var age: Double?
    /// The outcome; without meaning when there is an ``obstacle``.
    package var result: AtomResult
    /// Why the atom could not be run, or its results could not be kept; nil when its result counts.
    package var obstacle: RunObstacle?

    /// The claim on which the report rests.
    package var claim: LeasedAtom { LeasedAtom(lease: lease, subjob: subjob, atom: atom) }

    /// Creates a report.
    package init(
        lease: LeaseID,
        subjob: Int,
        atom: Int,
        executor: Int,
        age: Double? = nil,
        result: AtomResult,
        obstacle: RunObstacle? = nil
    ) {
        self.lease = lease
        self.subjob = subjob
        self.atom = atom
        self.executor = executor
        self.age = age
        self.result = result
        self.obstacle = obstacle
    }
}
