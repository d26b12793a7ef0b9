package import ClusterRunnerJobFile

/// A lease in the form sent to its slave.
package struct LeaseGrant: Sendable, Equatable, Codable {
    /// The number of the lease; results must name it.
    package let lease: LeaseID
    /// The build.
    package let build: BuildID
    /// The subjob.
    package let subjob: SubjobID
    /// The atoms to run, in this order: those of the subjob without a final result.
    package let atoms: [GrantedAtom]

    /// Creates a grant.
    package init(lease: LeaseID, build: BuildID, subjob: SubjobID, atoms: [GrantedAtom]) {
        self.lease = lease
        self.build = build
        self.subjob = subjob
        self.atoms = atoms
    }
}

/// An atom of a lease in the form sent to its slave.
package struct GrantedAtom: Sendable, Equatable, Codable {
    /// Its number in the subjob.
    package let id: AtomIndex
    /// The variable and its value.
    package let atom: Atom
    /// Number of its failures; nil means 0.
    package let failures: Int?
    /// Number of its runs that met an obstacle; nil means 0.
    package let obstructions: Int?

    /// The number that its next run has, from 1.
    package var run: Int { (failures ?? 0) + (obstructions ?? 0) + 1 }

    /// Creates a granted atom.
    package init(id: AtomIndex, atom: Atom, failures: Int? = nil, obstructions: Int? = nil) {
        self.id = id
        self.atom = atom
        self.failures = failures
        self.obstructions = obstructions
    }
}
