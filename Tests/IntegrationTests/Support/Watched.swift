import ClusterRunnerCore
import Testing

/// A value that others change, and that can be awaited to become something.
final class Watched<Value: Sendable>: Sendable {
    private struct Contents {
        var value: Value
        var lastWaiter = 0
        /// Each is asked after every change, with nil when it waits no longer; says whether it is done.
        var waiters: [Int: @Sendable (Value?) -> Bool] = [:]
    }

    private let contents: Lock<Contents>

    init(_ value: Value) {
        contents = Lock(Contents(value: value))
    }

    /// What it is now.
    var value: Value { contents.withLock { $0.value } }

    /// Changes the value.
    func update(_ change: (inout Value) -> Void) {
        contents.withLock { contents in
            change(&contents.value)
            let value = contents.value
            contents.waiters = contents.waiters.filter { !$0.value(value) }
        }
    }

    /// The first result of `select` that is not nil, now or after a change.
    ///
    /// - Throws: `CancellationError`, as when the time limit of the test is over.
    func first<Result: Sendable>(_ select: @escaping @Sendable (Value) -> Result?) async throws -> Result {
        let number = contents.withLock { contents in
            contents.lastWaiter += 1
            return contents.lastWaiter
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                add(number) { value in
                    guard let value else {
                        continuation.resume(throwing: CancellationError())
                        return true
                    }
                    guard let result = select(value) else { return false }
                    continuation.resume(returning: result)
                    return true
                }
            }
        } onCancel: {
            _ = contents.withLock { $0.waiters.removeValue(forKey: number)?(nil) }
        }
    }

    private func add(_ number: Int, _ waiter: @escaping @Sendable (Value?) -> Bool) {
        contents.withLock { contents in
            if Task.isCancelled {
                _ = waiter(nil)
            } else if !waiter(contents.value) {
                contents.waiters[number] = waiter
            }
        }
    }
}
