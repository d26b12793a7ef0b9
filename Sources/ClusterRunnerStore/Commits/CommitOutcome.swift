import ClusterRunnerCore

/// What became of the changes of one ``BuildStore/enqueue(_:)``: decided once, awaited by anybody.
final class CommitOutcome: Sendable {
    private enum State {
        case open(waiting: [CheckedContinuation<Void, any Error>])
        case decided(Result<Void, ClusterRunnerError>)
    }

    private let state = Lock(State.open(waiting: []))

    /// Returns once the changes are durable, or throws why they will never be.
    func wait() async throws {
        try await withCheckedThrowingContinuation { continuation in
            decision(orResume: continuation).map { continuation.resume(with: $0) }
        }
    }

    /// Decides; whoever waits goes on.
    func decide(_ result: Result<Void, ClusterRunnerError>) {
        let waiting = state.withLock { state in
            guard case .open(let waiting) = state else { return [CheckedContinuation<Void, any Error>]() }
            state = .decided(result)
            return waiting
        }
        for continuation in waiting { continuation.resume(with: result) }
    }

    private func decision(
        orResume continuation: CheckedContinuation<Void, any Error>
    ) -> Result<Void, ClusterRunnerError>? {
        state.withLock { state in
            switch state {
            case .decided(let result):
                return result
            case .open(let waiting):
                state = .open(waiting: waiting + [continuation])
                return nil
            }
        }
    }
}
