import ClusterRunnerConcurrency
package import ClusterRunnerDomain

/// One slave as the master sees it.
///
/// A pure value: it performs nothing.
package struct SlaveStateMachine: Sendable, Equatable {
    /// The slave's number: from 1 on, never used twice.
    package let id: Int
    /// `host:port` under which it says that its own API is reached.
    package let url: String
    /// The session it registered with: another one means that the process was started anew.
    package let sessionID: String
    /// How many executors it has.
    package let executors: Int
    /// What it does.
    package internal(set) var phase = SlavePhase.idle
    /// Since when it tears a build down, in uptime; nil while it does not.
    var tearingDownSince: Duration?
    /// Whether its instruction stream is open.
    package internal(set) var isConnected = false
    /// Whether it was told to take no more work.
    package internal(set) var isShuttingDown = false
    /// Whether somebody else asked for its end: it is listed no more once it has left, as in ClusterRunner 1.x.
    package internal(set) var isDismissed = false
    /// When it last gave a sign of life.
    var lastSeen: Duration
    /// Its artifacts that the master has no room for; nil while it has none.
    var refusedUpload: RefusedUpload?
    /// How fast it is, compared with history.
    var speed = SlaveSpeed()

    /// It begins to tear a build down.
    mutating func tearDown(_ build: Int, at now: Moment) {
        phase = .tearingDown(build: build)
        tearingDownSince = now.uptime
    }

    /// The build it is busy with.
    package var build: Int? { phase.build }

    /// Whether the master counts on it.
    package var isAlive: Bool { phase != .lost }

    /// Whether it is there and works for no build.
    package var isIdle: Bool { phase == .idle && isConnected }

    /// Whether it can be given a build, if nothing speaks against it.
    var isAvailable: Bool { isIdle && !isShuttingDown }
}
