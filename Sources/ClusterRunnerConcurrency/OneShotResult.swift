/// A result that is decided once; any number of tasks may wait for it, before and after.
package final class OneShotResult<Success: Sendable>: Sendable {
    private let signal = OneShotSignal()
    private let decided = Lock<Result<Success, any Error>?>(nil)

    /// Creates a result that is not decided.
    package init() {}

    /// Whether it is decided.
    package var isDecided: Bool { signal.hasFired }

    /// Decides the result and wakes all waiters; only the first call counts.
    package func decide(_ result: Result<Success, any Error>) {
        decided.withLock { decided in
            if decided == nil { decided = result }
        }
        signal.fire()
    }

    /// Waits for the result.
    ///
    /// - Throws: the error that was decided; `CancellationError` when the surrounding task is canceled first, which
    ///   decides nothing.
    package func value() async throws -> Success {
        await signal.wait()
        guard let result = decided.withLock({ $0 }) else { throw CancellationError() }
        return try result.get()
    }
}
