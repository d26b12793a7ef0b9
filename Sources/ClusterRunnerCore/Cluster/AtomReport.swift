/// The claim of a slave to run an atom now.
public struct AtomClaim: Sendable, Hashable, Codable {
    /// The hand-out it belongs to.
    public let lease: Int
    /// The subjob.
    public let subjob: Int
    /// The atom's number in the subjob.
    public let atom: Int

    /// Creates a claim.
    public init(lease: Int, subjob: Int, atom: Int) {
        self.lease = lease
        self.subjob = subjob
        self.atom = atom
    }
}

/// What a slave reports of one run of an atom.
public struct AtomReport: Sendable, Equatable, Codable {
    /// The hand-out it belongs to.
    public let lease: Int
    /// The subjob.
    public let subjob: Int
    /// The atom's number in the subjob.
    public let atom: Int
    /// Which executor of the slave ran it, from 0.
    public let executor: Int
    /// How many seconds before the report was sent the run began; nil when that is not known.
    public var age: Double?
    /// The outcome; without meaning when there is an ``obstacle``.
    public var result: AtomResult
    /// Why the atom could not be run, or its results could not be kept; nil when its result counts.
    public var obstacle: RunObstacle?

    /// The claim on which the report rests.
    public var claim: AtomClaim { AtomClaim(lease: lease, subjob: subjob, atom: atom) }

    /// Creates a report.
    public init(
        lease: Int,
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
