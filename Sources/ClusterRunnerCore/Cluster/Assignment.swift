/// One hand-out of a subjob to a slave.
public struct Assignment: Sendable, Equatable, Codable {
    /// The number of the hand-out; results must name it.
    public let lease: Int
    /// The build.
    public let build: Int
    /// The subjob.
    public let subjob: Int
    /// The atoms to run, in this order: those of the subjob that have no final result yet.
    public let atoms: [AssignedAtom]

    /// Creates an assignment.
    public init(lease: Int, build: Int, subjob: Int, atoms: [AssignedAtom]) {
        self.lease = lease
        self.build = build
        self.subjob = subjob
        self.atoms = atoms
    }
}

/// An atom as a slave gets it.
public struct AssignedAtom: Sendable, Equatable, Codable {
    /// Its number in the subjob.
    public let id: Int
    /// The variable and its value.
    public let atom: Atom
    /// How often it has failed; nil is never.
    public let failures: Int?
    /// How often it could not be run; nil is never.
    public let obstructions: Int?

    /// Creates an assigned atom.
    public init(id: Int, atom: Atom, failures: Int? = nil, obstructions: Int? = nil) {
        self.id = id
        self.atom = atom
        self.failures = failures
        self.obstructions = obstructions
    }
}
