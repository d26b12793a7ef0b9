package import ClusterRunnerJobFile

/// Atoms that are handed out together, before there is a build they belong to.
package struct PlannedSubjob: Sendable, Equatable {
    /// The atoms, in the order they are to run.
    package let atoms: [PlannedAtom]
    /// The seconds it should take on one executor; nil without any history.
    ///
    /// Atoms that were never seen count as the longest known one.
    package let expectedTime: Double?

    /// Creates a plan.
    package init(atoms: [PlannedAtom], expectedTime: Double?) {
        self.atoms = atoms
        self.expectedTime = expectedTime
    }
}

/// An atom and what history knows of it.
package struct PlannedAtom: Sendable, Equatable {
    /// The atom.
    package let atom: Atom
    /// The seconds it should take; nil when it was never seen.
    package let expectedTime: Double?

    /// Creates a plan.
    package init(atom: Atom, expectedTime: Double?) {
        self.atom = atom
        self.expectedTime = expectedTime
    }
}
