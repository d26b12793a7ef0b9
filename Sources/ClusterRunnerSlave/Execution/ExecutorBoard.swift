import ClusterRunnerConcurrency
import ClusterRunnerDomain

/// What each executor of a slave runs at this moment.
///
/// Shared by the executors, the slave's own API and the feed of console output.
final class ExecutorBoard: Sendable {
    /// The atom that an executor runs.
    struct Activity: Sendable, Equatable {
        let build: Int
        let claim: LeasedAtom
        /// When it began, in uptime.
        var since = Duration.zero
    }

    private let activities: Lock<[Activity?]>

    init(executors: Int) {
        activities = Lock(Array(repeating: nil, count: executors))
    }

    /// Notes what an executor begins to run; nil when it has ended.
    func set(_ activity: Activity?, executor: Int) {
        activities.withLock { $0[executor] = activity }
    }

    /// What all executors run, by their index.
    var all: [Activity?] { activities.withLock { $0 } }
}
