/// One slave as the master sees it.
///
/// A pure value: it performs nothing.
public struct SlaveStateMachine: Sendable, Equatable {
    /// The slave's number: from 1 on, never used twice.
    public let id: Int
    /// `host:port` under which it says that its own API is reached.
    public let url: String
    /// The session it registered with: another one means that the process was started anew.
    public let sessionID: String
    /// How many executors it has.
    public let executors: Int
    /// What it does.
    public internal(set) var phase = Phase.idle
    /// Since when it tears a build down, in uptime; nil while it does not.
    var tearingDownSince: Duration?
    /// Whether its instruction stream is open.
    public internal(set) var isConnected = false
    /// Whether it was told to take no more work.
    public internal(set) var isShuttingDown = false
    /// Whether somebody else asked for its end: it is listed no more once it has left, as in ClusterRunner 1.x.
    public internal(set) var isDismissed = false
    /// When it last gave a sign of life.
    var lastSeen: Duration
    /// Its artifacts that the master has no room for; nil while it has none.
    var refusedUpload: RefusedUpload?
    /// How fast it is, compared with history.
    var speed = SlaveSpeed()

    /// What a slave does.
    public enum Phase: Sendable, Equatable {
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
    }

    /// It begins to tear a build down.
    mutating func tearDown(_ build: Int, at now: Moment) {
        phase = .tearingDown(build: build)
        tearingDownSince = now.uptime
    }

    /// The build it is busy with.
    public var build: Int? {
        switch phase {
        case .idle, .lost: nil
        case .settingUp(let build), .working(let build), .tearingDown(let build): build
        }
    }

    /// Whether the master counts on it.
    public var isAlive: Bool { phase != .lost }

    /// Whether it is there and works for no build.
    public var isIdle: Bool { phase == .idle && isConnected }

    /// Whether it can be given a build, if nothing speaks against it.
    var isAvailable: Bool { isIdle && !isShuttingDown }
}

/// A slave as the API lists it.
public struct SlaveStatus: Sendable, Equatable {
    /// The slave.
    public let slave: SlaveStateMachine
    /// How many of its executors have a subjob.
    public let executorsInUse: Int
    /// The time during which it gets no build, because set-ups kept failing on it.
    public let quarantine: SlaveHealth.Quarantine?

    /// Creates a status.
    public init(slave: SlaveStateMachine, executorsInUse: Int, quarantine: SlaveHealth.Quarantine? = nil) {
        self.slave = slave
        self.executorsInUse = executorsInUse
        self.quarantine = quarantine
    }
}
