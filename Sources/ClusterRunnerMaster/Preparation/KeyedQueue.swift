/// A queue for each key: operations with the same key run one after the other, in order.
actor KeyedQueue {
    private var waiting: [String: [CheckedContinuation<Void, Never>]] = [:]

    /// Runs an operation after those queued before it under the same key.
    nonisolated func run<Result: Sendable>(
        _ key: String,
        _ operation: () async throws -> Result
    ) async rethrows -> Result {
        await take(key)
        do {
            let result = try await operation()
            await give(key)
            return result
        } catch {
            await give(key)
            throw error
        }
    }

    private func take(_ key: String) async {
        guard waiting[key] != nil else {
            waiting[key] = []
            return
        }
        await withCheckedContinuation { waiting[key]?.append($0) }
    }

    private func give(_ key: String) {
        guard let next = waiting[key]?.first else {
            waiting[key] = nil
            return
        }
        waiting[key]?.removeFirst()
        next.resume()
    }
}
