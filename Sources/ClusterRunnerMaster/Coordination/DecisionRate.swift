import ClusterRunnerConcurrency

/// Tells whether decisions follow each other so closely that whoever asks the coordinator waits.
final class DecisionRate: Sendable {
    private struct State {
        /// When the last decisions were made, in uptime: a ring of ``DecisionRate/count`` places.
        var moments: [Duration] = []
        /// The place of the oldest, once all are taken.
        var oldest = 0
    }

    private let state = Lock(State())

    /// So many decisions within ``window`` are a rush: a cluster that has its hands full makes about a hundred.
    static let count = 16
    /// The time that ``count`` decisions take at the most in a rush.
    static let window = Duration.milliseconds(100)

    /// Notes a decision that changed something.
    func note(at uptime: Duration) {
        state.withLock { state in
            guard state.moments.count == Self.count else { return state.moments.append(uptime) }
            state.moments[state.oldest] = uptime
            state.oldest = (state.oldest + 1) % Self.count
        }
    }

    /// Whether the last decisions were made in a rush that is not over.
    func isRush(at uptime: Duration) -> Bool {
        state.withLock { state in
            state.moments.count == Self.count && uptime - state.moments[state.oldest] <= Self.window
        }
    }
}
