import ClusterRunnerConcurrency
import ClusterRunnerPlugin

/// The outcome of one ``BuildStore/enqueue(_:)``: decided once, awaited by any number of tasks.
final class CommitOutcome: Sendable {
    private typealias Waiter = CheckedContinuation<Void, any Error>

    private enum State {
        case open(waiting: [Int: Waiter], count: Int)
        case decided(Result<Void, ClusterRunnerError>)
    }

    private let state = Lock(State.open(waiting: [:], count: 0))

    /// Waits until the changes are durable; throws the reason if they never will be.
    ///
    /// - Throws: also `CancellationError`, when the surrounding task is canceled first; that does not undo the changes.
    func wait() async throws {
        guard let number = takeNumber() else { return try decision?.get() ?? () }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { add($0, number) }
        } onCancel: {
            remove(number)?.resume(throwing: CancellationError())
        }
    }

    /// Decides the outcome and resumes the waiters.
    func decide(_ result: Result<Void, ClusterRunnerError>) {
        let waiting = state.withLock { state in
            guard case .open(let waiting, _) = state else { return [Int: Waiter]() }
            state = .decided(result)
            return waiting
        }
        for waiter in waiting.values { waiter.resume(with: result) }
    }

    private var decision: Result<Void, ClusterRunnerError>? {
        state.withLock { if case .decided(let result) = $0 { result } else { nil } }
    }

    /// Takes a number for a waiter; nil once it is decided.
    private func takeNumber() -> Int? {
        state.withLock { state in
            guard case .open(let waiting, let count) = state else { return nil }
            state = .open(waiting: waiting, count: count + 1)
            return count
        }
    }

    private func add(_ waiter: Waiter, _ number: Int) {
        let result: Result<Void, any Error>? = state.withLock { state in
            guard case .open(var waiting, let count) = state else { return decision(in: state) }
            // The cancellation handler may have run first.
            if Task.isCancelled { return .failure(CancellationError()) }
            waiting[number] = waiter
            state = .open(waiting: waiting, count: count)
            return nil
        }
        if let result { waiter.resume(with: result) }
    }

    private func decision(in state: State) -> Result<Void, any Error>? {
        if case .decided(let result) = state { result.mapError { $0 } } else { nil }
    }

    private func remove(_ number: Int) -> Waiter? {
        state.withLock { state in
            guard case .open(var waiting, let count) = state else { return nil }
            defer { state = .open(waiting: waiting, count: count) }
            return waiting.removeValue(forKey: number)
        }
    }
}
