import ClusterRunnerConcurrency

/// Tells everybody who waits that new events are in the store.
final class EventSignal: Sendable {
    private struct Listeners {
        var byNumber: [Int: AsyncStream<Void>.Continuation] = [:]
        var count = 0
        var isOver = false
    }

    private let listeners = Lock(Listeners())

    /// A stream that yields whenever events were stored since the last look; several at once count as one.
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

    /// Wakes everybody.
    func send() {
        let all = listeners.withLock { Array($0.byNumber.values) }
        for continuation in all { continuation.yield() }
    }

    /// Ends all streams, those that are yet to come as well.
    func finish() {
        let all = listeners.withLock { listeners in
            listeners.isOver = true
            return Array(listeners.byNumber.values)
        }
        for continuation in all { continuation.finish() }
    }
}
