import ClusterRunnerConcurrency

/// An answer that several tasks need: the first one asks, the others wait; after a failure the next one asks again.
final class SharedAnswer<Value: Sendable>: Sendable {
    private let attempt = Lock<OneShotResult<Value>?>(nil)

    /// Returns the answer, by `ask` unless it is known or being asked for.
    ///
    /// - Throws: the error of the attempt that this task waited for.
    func value(_ ask: () async throws -> Value) async throws -> Value {
        while true {
            let (current, isOwn) = attempt.withLock { attempt in
                if let current = attempt { return (current, false) }
                let own = OneShotResult<Value>()
                attempt = own
                return (own, true)
            }
            if isOwn { return try await decide(current, ask) }
            do {
                return try await current.value()
            } catch is CancellationError {
                // Another task was canceled while it asked, unless it is this one.
                try Task.checkCancellation()
            }
        }
    }

    private func decide(_ own: OneShotResult<Value>, _ ask: () async throws -> Value) async throws -> Value {
        do {
            let value = try await ask()
            own.decide(.success(value))
            return value
        } catch {
            attempt.withLock { $0 = nil }
            own.decide(.failure(error))
            throw error
        }
    }
}
