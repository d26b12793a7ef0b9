/// Atoms that are handed out together, before there is a build they belong to.
public struct PlannedSubjob: Sendable, Equatable {
    /// The atoms, in the order they are to run.
    public let atoms: [PlannedAtom]
    /// The seconds it should take on one executor; nil without any history.
    ///
    /// Atoms that were never seen count as the longest known one.
    public let expectedTime: Double?

    /// Creates a plan.
    public init(atoms: [PlannedAtom], expectedTime: Double?) {
        self.atoms = atoms
        self.expectedTime = expectedTime
    }
}

/// An atom and what history knows of it.
public struct PlannedAtom: Sendable, Equatable {
    /// The atom.
    public let atom: Atom
    /// The seconds it should take; nil when it was never seen.
    public let expectedTime: Double?

    /// Creates a plan.
    public init(atom: Atom, expectedTime: Double?) {
        self.atom = atom
        self.expectedTime = expectedTime
    }
}
