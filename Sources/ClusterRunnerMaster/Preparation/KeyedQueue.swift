import ClusterRunnerConcurrency

/// A queue for each key: operations with the same key run one after the other, in order.
final class KeyedQueue: Sendable {
    private struct Waiter {
        let number: Int
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        /// The waiters for each key that is in use.
        var waiting: [String: [Waiter]] = [:]
        var count = 0
    }

    private let state = Lock(State())

    /// The number of operations that wait for a key.
    func waiters(for key: String) -> Int { state.withLock { $0.waiting[key]?.count ?? 0 } }

    /// Runs an operation once those before it under the same key have ended.
    ///
    /// - Throws: what the operation throws; `CancellationError` when the surrounding task is canceled before its turn.
    func run<Result>(_ key: String, _ operation: () async throws -> Result) async throws -> Result {
        try await take(key)
        defer { give(key) }
        return try await operation()
    }

    private func take(_ key: String) async throws {
        let number = state.withLock { state in
            state.count += 1
            return state.count
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let decision: Swift.Result<Void, any Error>? = state.withLock { state in
                    // The handler of the cancellation may have come first.
                    if Task.isCancelled { return .failure(CancellationError()) }
                    guard state.waiting[key] != nil else {
                        state.waiting[key] = []
                        return .success(())
                    }
                    state.waiting[key]?.append(Waiter(number: number, continuation: continuation))
                    return nil
                }
                if let decision { continuation.resume(with: decision) }
            }
        } onCancel: {
            giveUp(key, number)
        }
    }

    private func give(_ key: String) {
        let next = state.withLock { state -> Waiter? in
            guard state.waiting[key]?.isEmpty == false else {
                state.waiting[key] = nil
                return nil
            }
            return state.waiting[key]?.removeFirst()
        }
        next?.continuation.resume()
    }

    private func giveUp(_ key: String, _ number: Int) {
        let waiter = state.withLock { state -> Waiter? in
            guard let place = state.waiting[key]?.firstIndex(where: { $0.number == number }) else { return nil }
            return state.waiting[key]?.remove(at: place)
        }
        waiter?.continuation.resume(throwing: CancellationError())
    }
}
