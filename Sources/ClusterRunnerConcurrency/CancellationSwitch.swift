/// A switch that cancels an operation from outside the task that runs it.
///
/// Structured: the operation is a child of the caller of ``run(_:)`` and has ended when that returns.
package struct CancellationSwitch: Sendable {
    private let signal = OneShotSignal()

    /// Creates a switch that is not thrown.
    package init() {}

    /// Whether ``cancel()`` was called.
    package var isCanceled: Bool { signal.hasFired }

    /// Cancels all current and future operations; further calls do nothing.
    package func cancel() {
        signal.fire()
    }

    /// Runs an operation; it is canceled when the switch is thrown or the surrounding task is canceled.
    ///
    /// - Throws: what the operation throws; `CancellationError` when the switch was thrown and the operation ignored
    ///   it.
    package func run<Success: Sendable>(
        _ operation: @escaping @Sendable () async throws -> Success
    ) async throws -> Success {
        try await withThrowingTaskGroup(of: Success?.self) { group in
            group.addTask { try await operation() }
            group.addTask { [signal] in
                await signal.wait()
                return nil
            }
            var success: Success?
            while let value = try await group.next() {
                if let value { success = value }
                group.cancelAll()
            }
            guard let success, !isCanceled else { throw CancellationError() }
            return success
        }
    }
}
