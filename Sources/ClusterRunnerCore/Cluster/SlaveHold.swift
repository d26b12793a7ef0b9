/// What a slave says it still works on when it registers, so that a master that was restarted can let it go on.
public struct SlaveHold: Sendable, Equatable, Codable {
    /// The build.
    public let build: Int
    /// Whether its set-up of the build has succeeded.
    public let isSetUp: Bool
    /// Whether it has begun to leave the build.
    public let isLeaving: Bool
    /// How many of its executors the build uses.
    public let executors: Int
    /// `BUILD_EXECUTOR_INDEX` of the first of them.
    public let firstExecutorIndex: Int
    /// The hand-outs of the build that it was given.
    public let leases: [Int]

    /// Creates a hold.
    public init(
        build: Int,
        isSetUp: Bool,
        isLeaving: Bool = false,
        executors: Int,
        firstExecutorIndex: Int,
        leases: [Int]
    ) {
        self.build = build
        self.isSetUp = isSetUp
        self.isLeaving = isLeaving
        self.executors = executors
        self.firstExecutorIndex = firstExecutorIndex
        self.leases = leases
    }
}

/// The answer to a slave that registered.
public struct SlaveAdmission: Sendable, Equatable {
    /// The slave's number.
    public let slave: Int
    /// Those of the hand-outs that it holds which count no more: it must stop that work.
    public let lostLeases: [Int]
}
