import ClusterRunnerConcurrency

/// The readers of streams that do not end by themselves.
///
/// Such a stream reads its next piece from the store or a file when its reader has taken the last one, so a slow reader
/// costs little memory. A reader that takes nothing for too long is dropped.
final class StreamReaders: Sendable {
    private struct Reader {
        let close: @Sendable () -> Void
        /// The begin of the pending write, in uptime; nil when nothing is pending.
        var waitsSince: Duration?
    }

    private struct State {
        var count = 0
        var readers: [Int: Reader] = [:]
    }

    private let state = Lock(State())
    private let onDrop: @Sendable () -> Void
    /// Yields when a reader arrives.
    let arrivals: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    /// The longest time that a reader may take for one piece.
    static let patience = Duration.seconds(30)

    /// Creates an empty list; `onDrop` is called for each dropped reader.
    init(onDrop: @escaping @Sendable () -> Void = {}) {
        self.onDrop = onDrop
        (arrivals, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Whether there are no readers.
    var isEmpty: Bool { state.withLock { $0.readers.isEmpty } }

    /// Adds a reader; `close` closes its connection.
    ///
    /// - Returns: The reader's number.
    func open(close: @escaping @Sendable () -> Void) -> Int {
        let number = state.withLock { state in
            state.count += 1
            state.readers[state.count] = Reader(close: close)
            return state.count
        }
        continuation.yield()
        return number
    }

    /// Removes a reader.
    func close(_ number: Int) {
        state.withLock { _ = $0.readers.removeValue(forKey: number) }
    }

    /// Records the begin of a write to a reader, in uptime; nil when the reader has taken it.
    func writes(to number: Int, since begin: Duration?) {
        state.withLock { $0.readers[number]?.waitsSince = begin }
    }

    /// Drops the readers that took nothing for too long.
    func dropStalled(at now: Duration, patience: Duration = StreamReaders.patience) {
        let stalled = state.withLock { state in
            let stalled = state.readers.filter { $0.value.waitsSince.map { now - $0 >= patience } == true }
            for number in stalled.keys { state.readers[number]?.waitsSince = nil }
            return stalled.values
        }
        for reader in stalled {
            reader.close()
            onDrop()
        }
    }
}
