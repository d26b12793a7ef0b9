package import ClusterRunnerJobFile

/// A lease as its slave gets it.
package struct LeaseGrant: Sendable, Equatable, Codable {
    /// The number of the lease; results must name it.
    package let lease: LeaseID
    /// The build.
    package let build: Int
    /// The subjob.
    package let subjob: Int
    /// The atoms to run, in this order: those of the subjob that have no final result yet.
    package let atoms: [GrantedAtom]

    /// Creates a grant.
    package init(lease: LeaseID, build: Int, subjob: Int, atoms: [GrantedAtom]) {
        self.lease = lease
        self.build = build
        self.subjob = subjob
        self.atoms = atoms
    }
}

/// An atom of a lease as its slave gets it.
package struct GrantedAtom: Sendable, Equatable, Codable {
    /// Its number in the subjob.
    package let id: Int
    /// The variable and its value.
    package let atom: Atom
    /// How often it has failed; nil is never.
    package let failures: Int?
    /// How often it could not be run; nil is never.
    package let obstructions: Int?

    /// Creates a granted atom.
    package init(id: Int, atom: Atom, failures: Int? = nil, obstructions: Int? = nil) {
        self.id = id
        self.atom = atom
        self.failures = failures
        self.obstructions = obstructions
    }
}
