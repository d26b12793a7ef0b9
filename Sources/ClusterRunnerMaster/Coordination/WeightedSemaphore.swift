import ClusterRunnerConcurrency

/// A weighted, first-in-first-out semaphore.
final class WeightedSemaphore: Sendable {
    private struct Waiter {
        let weight: Int
        let turn = OneShotSignal()
    }

    private struct State {
        /// The weight in use.
        var inside = 0
        var waiting: [Waiter] = []
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
        try Task.checkCancellation()
        let waiter = Waiter(weight: weight)
        letIn { $0.waiting.append(waiter) }
        await waiter.turn.wait()
        // A turn that came together with the cancellation is taken, so that its weight is given back in one place.
        guard waiter.turn.hasFired else { return try giveUp(waiter) }
    }

    private func leave(_ weight: Int) {
        letIn { $0.inside -= weight }
    }

    /// - Throws: `CancellationError`, unless the waiter was let in meanwhile.
    private func giveUp(_ waiter: Waiter) throws {
        var wasWaiting = false
        letIn { state in
            guard let place = state.waiting.firstIndex(where: { $0.turn === waiter.turn }) else { return }
            state.waiting.remove(at: place)
            wasWaiting = true
        }
        if wasWaiting { throw CancellationError() }
    }

    /// Makes a change, then wakes the waiters that fit.
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
        for waiter in welcome { waiter.turn.fire() }
    }
}
