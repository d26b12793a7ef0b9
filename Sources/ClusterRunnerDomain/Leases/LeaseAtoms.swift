/// Some atoms of one lease.
package struct LeaseAtoms: Sendable, Hashable, Codable {
    /// The number of the lease.
    package let lease: LeaseID
    /// The atoms' numbers in the subjob.
    package let atoms: [AtomIndex]

    /// Creates a selection of atoms.
    package init(lease: LeaseID, atoms: [AtomIndex]) {
        self.lease = lease
        self.atoms = atoms
    }
}
