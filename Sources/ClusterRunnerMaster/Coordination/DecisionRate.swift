import ClusterRunnerConcurrency

/// The rate of decisions, which tells whether the coordinator is under load.
final class DecisionRate: Sendable {
    private struct State {
        /// The times of the last decisions, in uptime: a ring of ``DecisionRate/count`` places.
        var moments: [Duration] = []
        /// The place of the oldest decision, once all are taken.
        var oldest = 0
    }

    private let state = Lock(State())

    /// The number of decisions within ``window`` that is a rush; a cluster under full load makes about a hundred.
    static let count = 16
    /// The longest time that ``count`` decisions take in a rush.
    static let window = Duration.milliseconds(100)

    /// Notes a decision that changed something.
    func note(at uptime: Duration) {
        state.withLock { state in
            guard state.moments.count == Self.count else { return state.moments.append(uptime) }
            state.moments[state.oldest] = uptime
            state.oldest = (state.oldest + 1) % Self.count
        }
    }

    /// Whether the last decisions were a rush that is not over.
    func isRush(at uptime: Duration) -> Bool {
        state.withLock { state in
            state.moments.count == Self.count && uptime - state.moments[state.oldest] <= Self.window
        }
    }
}
