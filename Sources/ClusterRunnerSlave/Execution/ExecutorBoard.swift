import ClusterRunnerConcurrency
import ClusterRunnerDomain

/// The current atom of each executor of a slave.
///
/// Shared by the executors, the slave's own API and the feed of console output.
final class ExecutorBoard: Sendable {
    /// The running atom of an executor.
    struct Activity: Sendable, Equatable {
        let build: BuildID
        let claim: LeasedAtom
        /// The begin, in uptime.
        var since = Duration.zero
    }

    private let activities: Lock<[Activity?]>

    init(executors: Int) {
        activities = Lock(Array(repeating: nil, count: executors))
    }

    /// Sets the running atom of an executor; nil when it has ended.
    func set(_ activity: Activity?, executor: Int) {
        activities.withLock { $0[executor] = activity }
    }

    /// The running atoms, by executor index.
    var all: [Activity?] { activities.withLock { $0 } }
}
