/// One atom of a lease.
package struct LeasedAtom: Sendable, Hashable, Codable {
    /// The number of the lease.
    package let lease: LeaseID
    /// The subjob.
    package let subjob: SubjobID
    /// The atom's number in the subjob.
    package let atom: AtomIndex

    /// Creates a leased atom.
    package init(lease: LeaseID, subjob: SubjobID, atom: AtomIndex) {
        self.lease = lease
        self.subjob = subjob
        self.atom = atom
    }
}

/// A slave's report of one run of an atom.
package struct AtomReport: Sendable, Equatable, Codable {
    /// The number of the lease.
    package let lease: LeaseID
    /// The subjob.
    package let subjob: SubjobID
    /// The atom's number in the subjob.
    package let atom: AtomIndex
    /// The executor of the slave that ran it, from 0.
    package let executor: Int
    /// Seconds between the start of the run and the sending of the report; nil when unknown.
    package var age: Double?
    /// The outcome; meaningless with an ``obstacle``.
    package var result: AtomResult
    /// The reason why the atom could not be run, or its results could not be kept; nil when its result counts.
    package var obstacle: RunObstacle?
    /// The test cases of the run; nil when its job has no reports, or the run left none that can be read.
    package var cases: [TestCase]?

    /// The leased atom that the report is about.
    package var claim: LeasedAtom { LeasedAtom(lease: lease, subjob: subjob, atom: atom) }

    /// Creates a report.
    package init(
        lease: LeaseID,
        subjob: SubjobID,
        atom: AtomIndex,
        executor: Int,
        age: Double? = nil,
        result: AtomResult,
        obstacle: RunObstacle? = nil,
        cases: [TestCase]? = nil
    ) {
        self.lease = lease
        self.subjob = subjob
        self.atom = atom
        self.executor = executor
        self.age = age
        self.result = result
        self.obstacle = obstacle
        self.cases = cases
    }
}
