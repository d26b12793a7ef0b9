import ClusterRunnerConcurrency
package import ClusterRunnerDomain

/// A slave, as a master's answers show it.
package struct SlaveRepresentation: Codable, Sendable, Equatable {
    /// The slave's number.
    package let id: SlaveID
    /// `host:port` of its own API.
    package let url: String
    /// The session it registered with.
    package let sessionID: String
    /// The number of its executors.
    package let executors: Int
    /// The number of executors that have work.
    package let executorsInUse: Int
    /// The build it works for.
    package let build: BuildID?
    /// Whether the master counts on it.
    package let isAlive: Bool
    /// Whether it leaves when it has finished what it runs.
    package let isShuttingDown: Bool
    /// The end of its quarantine, in seconds since 1970.
    package let quarantinedUntil: Double?
    /// Whether it gets no new work until somebody resumes it.
    package let isDraining: Bool
    /// The name that it gave itself, which others may have too; nil without one.
    package let name: String?
    /// The version of its program; nil when it is not known.
    package let version: String?

    private enum CodingKeys: String, CodingKey {
        case build = "current_build_id"
        case id
        case isAlive = "is_alive"
        case isDraining = "is_draining"
        case isShuttingDown = "is_in_shutdown_mode"
        case executors = "num_executors"
        case executorsInUse = "num_executors_in_use"
        case quarantinedUntil = "quarantined_until"
        case name
        case sessionID = "session_id"
        case url, version
    }

    /// Shows a slave.
    package init(_ slave: SlaveStatus) {
        id = slave.id
        url = slave.url
        sessionID = slave.sessionID
        executors = slave.executors
        executorsInUse = slave.executorsInUse
        build = slave.build
        isAlive = slave.isAlive
        isShuttingDown = slave.isShuttingDown
        quarantinedUntil = slave.quarantine?.until.wall
        isDraining = slave.isDraining
        name = slave.name
        version = slave.version
    }
}

/// A slave, as it shows itself on its own port.
package struct SlaveSelfRepresentation: Codable, Sendable, Equatable {
    /// Whether it answers.
    package var isAlive = true
    /// `host:port` of its master.
    package let masterURL: String
    /// The build it works for.
    package let build: BuildID?
    /// The number by which the master knows it; nil until it is registered.
    package let slaveID: SlaveID?
    /// The executors.
    package let executors: [ExecutorRepresentation]
    /// The session of its process.
    package let sessionID: String

    private enum CodingKeys: String, CodingKey {
        case build = "current_build_id"
        case executors
        case isAlive = "is_alive"
        case masterURL = "master_url"
        case sessionID = "session_id"
        case slaveID = "slave_id"
    }

    /// Shows a slave.
    package init(
        masterURL: String,
        build: BuildID?,
        slaveID: SlaveID?,
        executors: [ExecutorRepresentation],
        sessionID: String
    ) {
        self.masterURL = masterURL
        self.build = build
        self.slaveID = slaveID
        self.executors = executors
        self.sessionID = sessionID
    }
}

/// An executor of a slave.
package struct ExecutorRepresentation: Codable, Sendable, Equatable {
    /// The executor's number on the slave.
    package let id: Int
    /// Whether it runs an atom.
    package let isBusy: Bool
    /// The build of that atom.
    package let build: BuildID?
    /// The subjob of that atom.
    package let subjob: SubjobID?
    /// The number of that atom in its subjob.
    package let atom: AtomIndex?

    private enum CodingKeys: String, CodingKey {
        case atom = "current_atom"
        case build = "current_build"
        case subjob = "current_subjob"
        case id
        case isBusy = "is_busy"
    }

    /// Shows an executor and the atom that it runs for a build.
    package init(id: Int, build: BuildID?, running atom: LeasedAtom?) {
        self.id = id
        isBusy = atom != nil
        self.build = build
        subjob = atom?.subjob
        self.atom = atom?.atom
    }
}
