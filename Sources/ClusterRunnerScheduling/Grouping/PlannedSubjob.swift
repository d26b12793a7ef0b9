package import ClusterRunnerJobFile

/// Atoms to be granted together, before they belong to a build.
package struct PlannedSubjob: Sendable, Equatable {
    /// The atoms, in the order of their runs.
    package let atoms: [PlannedAtom]
    /// The expected seconds on one executor; nil without any history.
    ///
    /// Atoms without history count as the longest known one.
    package let expectedTime: Double?

    /// Creates a planned subjob.
    package init(atoms: [PlannedAtom], expectedTime: Double?) {
        self.atoms = atoms
        self.expectedTime = expectedTime
    }
}

/// An atom with its expected time.
package struct PlannedAtom: Sendable, Equatable {
    /// The atom.
    package let atom: Atom
    /// The expected seconds; nil without history.
    package let expectedTime: Double?

    /// Creates a planned atom.
    package init(atom: Atom, expectedTime: Double?) {
        self.atom = atom
        self.expectedTime = expectedTime
    }
}
