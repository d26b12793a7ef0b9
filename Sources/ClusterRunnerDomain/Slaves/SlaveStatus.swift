package import ClusterRunnerConcurrency

/// The state of one slave, for the API and the pages.
package struct SlaveStatus: Sendable, Equatable {
    /// The slave's number.
    package let id: SlaveID
    /// `host:port` of the slave's own API.
    package let url: String
    /// The session of its registration.
    package let sessionID: String
    /// Number of its executors.
    package let executors: Int
    /// Number of its executors with a subjob.
    package let executorsInUse: Int
    /// Its activity.
    package let phase: SlavePhase
    /// Whether its instruction stream is open.
    package let isConnected: Bool
    /// Whether it was told to accept no further work.
    package let isShuttingDown: Bool
    /// Whether a client asked it to leave, so that it is no longer listed afterwards.
    package let isDismissed: Bool
    /// The quarantine during which it gets no build; nil without one.
    package let quarantine: SlaveQuarantine?
    /// Whether it gets no new work until somebody resumes it.
    package let isDraining: Bool
    /// The name that it gave itself, which others may have too; nil without one.
    package let name: String?
    /// The version of its program; nil when it is not known.
    package let version: String?

    /// Creates a status.
    package init(
        id: SlaveID,
        url: String,
        sessionID: String,
        executors: Int,
        executorsInUse: Int,
        phase: SlavePhase,
        isConnected: Bool,
        isShuttingDown: Bool,
        isDismissed: Bool,
        quarantine: SlaveQuarantine?,
        isDraining: Bool = false,
        name: String? = nil,
        version: String? = nil
    ) {
        self.id = id
        self.url = url
        self.sessionID = sessionID
        self.executors = executors
        self.executorsInUse = executorsInUse
        self.phase = phase
        self.isConnected = isConnected
        self.isShuttingDown = isShuttingDown
        self.isDismissed = isDismissed
        self.quarantine = quarantine
        self.isDraining = isDraining
        self.name = name
        self.version = version
    }

    /// The build it is busy with.
    package var build: BuildID? { phase.build }

    /// Whether the master still counts on it.
    package var isAlive: Bool { phase != .lost }
}

/// The activity of a slave.
package enum SlavePhase: Sendable, Equatable {
    /// Waiting for a build.
    case idle
    /// Fetching the project of a build and running its setup.
    case settingUp(build: BuildID)
    /// Running subjobs of a build.
    case working(build: BuildID)
    /// Running the teardown of a build.
    case tearingDown(build: BuildID)
    /// Silent for too long, or replaced by a new session.
    case lost

    /// The build it is busy with.
    package var build: BuildID? {
        switch self {
        case .idle, .lost: nil
        case .settingUp(let build), .working(let build), .tearingDown(let build): build
        }
    }
}

/// A time during which a slave gets no build.
package struct SlaveQuarantine: Sendable, Equatable {
    /// The end of the quarantine.
    package let until: Moment
    /// Its length.
    package let pause: Duration

    /// Creates a quarantine.
    package init(until: Moment, pause: Duration) {
        self.until = until
        self.pause = pause
    }
}
