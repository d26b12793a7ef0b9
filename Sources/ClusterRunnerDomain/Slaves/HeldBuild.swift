/// What a slave says it still works on when it registers, so that a master that was restarted can let it go on.
package struct HeldBuild: Sendable, Equatable, Codable {
    /// The build.
    package let build: Int
    /// Whether its set-up of the build has succeeded.
    package let isSetUp: Bool
    /// Whether it has begun to leave the build.
    package let isLeaving: Bool
    /// How many of its executors the build uses.
    package let executors: Int
    /// `BUILD_EXECUTOR_INDEX` of the first of them.
    package let firstExecutorIndex: Int
    /// The leases of the build that it was given.
    package let leases: [LeaseID]

    /// Creates a hold.
    package init(
        build: Int,
        isSetUp: Bool,
        isLeaving: Bool = false,
        executors: Int,
        firstExecutorIndex: Int,
        leases: [LeaseID]
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
package struct SlaveAdmission: Sendable, Equatable {
    /// The slave's number.
    package let slave: Int
    /// Those of the leases that it holds which count no more: it must stop that work.
    package let lostLeases: [LeaseID]

    /// Creates an answer.
    package init(slave: Int, lostLeases: [LeaseID]) {
        self.slave = slave
        self.lostLeases = lostLeases
    }
}
