import ClusterRunnerConcurrency
import Testing

/// A value whose changes can be awaited.
final class Watched<Value: Sendable>: Sendable {
    /// The action to take without a lock: a task that is canceled holds a lock of the runtime while the cancellation
    /// waits for the lock here, and resuming the task needs that lock of the runtime.
    private typealias Wakeup = @Sendable () -> Void

    private struct Contents {
        var value: Value
        var lastWaiter = 0
        /// Called after every change, and with nil when the waiter is canceled; done when it returns a wakeup.
        var waiters: [Int: @Sendable (Value?) -> Wakeup?] = [:]
    }

    private let contents: Lock<Contents>

    init(_ value: Value) {
        contents = Lock(Contents(value: value))
    }

    /// The current value.
    var value: Value { contents.withLock { $0.value } }

    /// Changes the value.
    func update(_ change: (inout Value) -> Void) {
        let wakeups = contents.withLock { contents -> [Wakeup] in
            change(&contents.value)
            var wakeups: [Wakeup] = []
            for (number, waiter) in contents.waiters {
                guard let wakeup = waiter(contents.value) else { continue }
                contents.waiters[number] = nil
                wakeups.append(wakeup)
            }
            return wakeups
        }
        for wakeUp in wakeups { wakeUp() }
    }

    /// Returns the first result of `select` that is not nil, now or after a change.
    ///
    /// - Throws: `CancellationError`, for example after the time limit of the test.
    func first<Result: Sendable>(_ select: @escaping @Sendable (Value) -> Result?) async throws -> Result {
        let number = contents.withLock { contents in
            contents.lastWaiter += 1
            return contents.lastWaiter
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                add(number) { value -> Wakeup? in
                    guard let value else { return { continuation.resume(throwing: CancellationError()) } }
                    guard let result = select(value) else { return nil }
                    return { continuation.resume(returning: result) }
                }
            }
        } onCancel: {
            let wakeUp = contents.withLock { contents -> Wakeup? in
                contents.waiters.removeValue(forKey: number)?(nil)
            }
            wakeUp?()
        }
    }

    private func add(_ number: Int, _ waiter: @escaping @Sendable (Value?) -> Wakeup?) {
        let wakeUp = contents.withLock { contents -> Wakeup? in
            let wakeUp = waiter(Task.isCancelled ? nil : contents.value)
            if wakeUp == nil { contents.waiters[number] = waiter }
            return wakeUp
        }
        wakeUp?()
    }
}
