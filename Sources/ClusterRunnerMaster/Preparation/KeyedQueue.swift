import ClusterRunnerConcurrency

/// A queue for each key: operations with the same key run one after the other, in order.
final class KeyedQueue: Sendable {
    private struct Queue {
        let semaphore = WeightedSemaphore(limit: 1)
        /// The number of operations that run or wait.
        var operations = 0
    }

    private let queues = Lock<[String: Queue]>([:])

    /// The number of operations that wait for a key.
    func waiters(for key: String) -> Int { queues.withLock { $0[key]?.semaphore.waiters ?? 0 } }

    /// Runs an operation once those before it under the same key have ended.
    ///
    /// - Throws: what the operation throws; `CancellationError` when the surrounding task is canceled before its turn.
    func run<Result>(_ key: String, _ operation: () async throws -> Result) async throws -> Result {
        let semaphore = join(key)
        defer { leave(key) }
        return try await semaphore.run(weight: 1, operation)
    }

    private func join(_ key: String) -> WeightedSemaphore {
        queues.withLock { queues in
            var queue = queues[key] ?? Queue()
            queue.operations += 1
            queues[key] = queue
            return queue.semaphore
        }
    }

    private func leave(_ key: String) {
        queues.withLock { queues in
            queues[key]?.operations -= 1
            if queues[key]?.operations == 0 { queues[key] = nil }
        }
    }
}
