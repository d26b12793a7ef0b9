import ClusterRunnerConcurrency

/// Wakes all listeners when new events are in the store.
final class EventSignal: Sendable {
    private struct Listeners {
        var byNumber: [Int: AsyncStream<Void>.Continuation] = [:]
        var count = 0
        var isOver = false
    }

    private let listeners = Lock(Listeners())

    /// Returns a stream that yields when events were stored since the last read; several at once count as one.
    ///
    /// After ``finish()`` it ends at once.
    func listen() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let number = listeners.withLock { listeners -> Int? in
            guard !listeners.isOver else { return nil }
            listeners.count += 1
            listeners.byNumber[listeners.count] = continuation
            return listeners.count
        }
        guard let number else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.listeners.withLock { $0.byNumber.removeValue(forKey: number) }
        }
        return stream
    }

    /// Wakes all listeners.
    func send() {
        let all = listeners.withLock { Array($0.byNumber.values) }
        for continuation in all { continuation.yield() }
    }

    /// Ends all streams, including those opened later.
    func finish() {
        let all = listeners.withLock { listeners in
            listeners.isOver = true
            return Array(listeners.byNumber.values)
        }
        for continuation in all { continuation.finish() }
    }
}
