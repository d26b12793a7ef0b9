import ClusterRunnerConcurrency
package import ClusterRunnerDomain

/// The state machine of one slave, as the master sees it.
///
/// A pure value without side effects.
package struct SlaveStateMachine: Sendable, Equatable {
    /// The slave's number, from 1; never reused.
    package let id: SlaveID
    /// The `host:port` of its own API, as it states it.
    package let url: String
    /// The session of its registration; another session means that its process was restarted.
    package let sessionID: String
    /// Number of its executors.
    package let executors: Int
    /// The name that it gave itself, which others may have too; nil without one.
    package var name: String?
    /// The version of its program; nil when it did not say.
    package var version: String?
    /// Its activity.
    package internal(set) var phase = SlavePhase.idle
    /// The start of its teardown, in uptime; nil while there is none.
    var tearingDownSince: Duration?
    /// Whether its instruction stream is open.
    package internal(set) var isConnected = false
    /// Whether it was told to accept no further work.
    package internal(set) var isShuttingDown = false
    /// Whether a client asked it to leave: it is no longer listed afterwards, as in ClusterRunner 1.x.
    package internal(set) var isDismissed = false
    /// The time of its last sign of life.
    var lastSeen: Duration
    /// Its artifacts that the master has no space for; nil without any.
    var refusedUpload: RefusedUpload?
    /// Its speed relative to history.
    var speed = SlaveSpeed()

    /// Begins the teardown of a build.
    mutating func tearDown(_ build: BuildID, at now: Moment) {
        phase = .tearingDown(build: build)
        tearingDownSince = now.uptime
    }

    /// The build that it works for.
    package var build: BuildID? { phase.build }

    /// Whether the master counts on it.
    package var isAlive: Bool { phase != .lost }

    /// Whether it is connected and works for no build.
    package var isIdle: Bool { phase == .idle && isConnected }

    /// Whether it can get a build, unless it is in quarantine.
    var isAvailable: Bool { isIdle && !isShuttingDown }
}
