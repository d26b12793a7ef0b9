/// A signal that fires once; any number of tasks may wait for it, before and after.
package final class OneShotSignal: Sendable {
    private enum State {
        case waiting([Int: AsyncStream<Never>.Continuation], count: Int)
        case fired
    }

    private let state = Lock(State.waiting([:], count: 0))

    /// Creates a signal that has not fired.
    package init() {}

    /// Whether it has fired.
    package var hasFired: Bool {
        state.withLock { if case .fired = $0 { true } else { false } }
    }

    /// Fires and wakes all waiters; further calls do nothing.
    package func fire() {
        let waiters = state.withLock { state -> [AsyncStream<Never>.Continuation] in
            guard case .waiting(let waiters, _) = state else { return [] }
            state = .fired
            return Array(waiters.values)
        }
        for waiter in waiters { waiter.finish() }
    }

    /// Waits until the signal has fired or the surrounding task is canceled.
    package func wait() async {
        let (stream, continuation) = AsyncStream<Never>.makeStream()
        let number = state.withLock { state -> Int? in
            guard case .waiting(var waiters, let count) = state else { return nil }
            waiters[count] = continuation
            state = .waiting(waiters, count: count + 1)
            return count
        }
        guard let number else { return }
        for await _ in stream {}
        state.withLock { state in
            guard case .waiting(var waiters, let count) = state else { return }
            waiters[number] = nil
            state = .waiting(waiters, count: count)
        }
    }
}
