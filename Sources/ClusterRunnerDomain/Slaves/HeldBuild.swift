/// The work that a slave still holds when it registers, so that a restarted master can let it continue.
package struct HeldBuild: Sendable, Equatable, Codable {
    /// The build.
    package let build: BuildID
    /// Whether its set-up of the build has succeeded.
    package let isSetUp: Bool
    /// Whether it has begun to leave the build.
    package let isLeaving: Bool
    /// Number of its executors that the build uses.
    package let executors: Int
    /// `BUILD_EXECUTOR_INDEX` of the first of these executors.
    package let firstExecutorIndex: Int
    /// The leases of the build that it holds.
    package let leases: [LeaseID]

    /// Creates a description of held work.
    package init(
        build: BuildID,
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

/// The answer to a registration.
package struct SlaveAdmission: Sendable, Equatable {
    /// The slave.
    package let slave: SlaveID
    /// The leases of the slave that are no longer valid: it must stop their work.
    package let lostLeases: [LeaseID]

    /// Creates an answer.
    package init(slave: SlaveID, lostLeases: [LeaseID]) {
        self.slave = slave
        self.lostLeases = lostLeases
    }
}
