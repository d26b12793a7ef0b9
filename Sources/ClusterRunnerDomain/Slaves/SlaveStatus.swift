package import ClusterRunnerConcurrency

/// The state of one slave, as the API and the pages list it.
package struct SlaveStatus: Sendable, Equatable {
    /// The slave's number.
    package let id: Int
    /// `host:port` of the slave's own API.
    package let url: String
    /// The session it registered with.
    package let sessionID: String
    /// How many executors it has.
    package let executors: Int
    /// How many of its executors have a subjob.
    package let executorsInUse: Int
    /// What it does.
    package let phase: SlavePhase
    /// Whether its instruction stream is open.
    package let isConnected: Bool
    /// Whether it was told to take no more work.
    package let isShuttingDown: Bool
    /// Whether a client asked for its end, so that it is not listed once it has left.
    package let isDismissed: Bool
    /// The time during which it gets no build.
    package let quarantine: SlaveQuarantine?

    /// Creates a status.
    package init(
        id: Int,
        url: String,
        sessionID: String,
        executors: Int,
        executorsInUse: Int,
        phase: SlavePhase,
        isConnected: Bool,
        isShuttingDown: Bool,
        isDismissed: Bool,
        quarantine: SlaveQuarantine?
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
    }

    /// The build it is busy with.
    package var build: Int? { phase.build }

    /// Whether the master counts on it.
    package var isAlive: Bool { phase != .lost }
}

/// The activity of a slave.
package enum SlavePhase: Sendable, Equatable {
    /// It waits for a build.
    case idle
    /// It fetches the project of a build and runs its setup.
    case settingUp(build: Int)
    /// It runs subjobs of a build.
    case working(build: Int)
    /// It runs the teardown of a build.
    case tearingDown(build: Int)
    /// It gave no sign of life for too long, or was replaced by a new session.
    case lost

    /// The build it is busy with.
    package var build: Int? {
        switch self {
        case .idle, .lost: nil
        case .settingUp(let build), .working(let build), .tearingDown(let build): build
        }
    }
}

/// A time during which a slave gets no build.
package struct SlaveQuarantine: Sendable, Equatable {
    /// When it ends.
    package let until: Moment
    /// How long it is.
    package let pause: Duration

    /// Creates a quarantine.
    package init(until: Moment, pause: Duration) {
        self.until = until
        self.pause = pause
    }
}
