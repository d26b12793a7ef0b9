import ClusterRunnerConcurrency

/// A weighted, first-in-first-out semaphore.
final class WeightedSemaphore: Sendable {
    private struct Waiter {
        let number: Int
        let weight: Int
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        /// The weight in use.
        var inside = 0
        var waiting: [Waiter] = []
        var count = 0
    }

    private let state = Lock(State())
    private let limit: Int

    /// Creates a semaphore with a total weight of `limit`.
    init(limit: Int) {
        self.limit = limit
    }

    /// The number of waiting callers.
    var waiters: Int { state.withLock { $0.waiting.count } }

    /// Runs an operation once its weight fits; an operation heavier than the limit runs alone.
    ///
    /// - Throws: what the operation throws; `CancellationError` when the surrounding task is canceled while it waits.
    func run<Result>(weight: Int, _ body: () async throws -> Result) async throws -> Result {
        let weight = min(max(weight, 1), limit)
        try await enter(weight)
        defer { leave(weight) }
        return try await body()
    }

    private func enter(_ weight: Int) async throws {
        let number = state.withLock { state in
            state.count += 1
            return state.count
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let decision: Swift.Result<Void, any Error>? = state.withLock { state in
                    // The cancellation handler may have run first.
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.waiting.isEmpty, state.inside + weight <= limit {
                        state.inside += weight
                        return .success(())
                    }
                    state.waiting.append(Waiter(number: number, weight: weight, continuation: continuation))
                    return nil
                }
                if let decision { continuation.resume(with: decision) }
            }
        } onCancel: {
            giveUp(number)
        }
    }

    private func leave(_ weight: Int) {
        letIn { $0.inside -= weight }
    }

    private func giveUp(_ number: Int) {
        var waiter: Waiter?
        letIn { state in
            guard let place = state.waiting.firstIndex(where: { $0.number == number }) else { return }
            waiter = state.waiting.remove(at: place)
        }
        waiter?.continuation.resume(throwing: CancellationError())
    }

    /// Makes a change, then resumes the waiters that fit.
    private func letIn(after change: (inout State) -> Void) {
        let welcome = state.withLock { state in
            change(&state)
            var welcome: [Waiter] = []
            while let next = state.waiting.first, state.inside + next.weight <= limit {
                state.inside += next.weight
                welcome.append(state.waiting.removeFirst())
            }
            return welcome
        }
        for waiter in welcome { waiter.continuation.resume() }
    }
}
