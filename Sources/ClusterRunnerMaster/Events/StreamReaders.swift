import ClusterRunnerConcurrency

/// Who reads a stream that does not end by itself.
///
/// Such a stream reads what it sends from the store or from a file when its reader has taken what came before, so a slow
/// reader costs little memory; one that takes nothing for too long is dropped.
final class StreamReaders: Sendable {
    private struct Reader {
        let close: @Sendable () -> Void
        /// Since when it has not taken what is being written, in uptime; nil when nothing is.
        var waitsSince: Duration?
    }

    private struct State {
        var count = 0
        var readers: [Int: Reader] = [:]
    }

    private let state = Lock(State())
    private let onDrop: @Sendable () -> Void
    /// Yields when somebody comes.
    let arrivals: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    /// How long a reader may take for one piece.
    static let patience = Duration.seconds(30)

    /// Creates a list of nobody; `onDrop` is called for each reader that is dropped.
    init(onDrop: @escaping @Sendable () -> Void = {}) {
        self.onDrop = onDrop
        (arrivals, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Whether nobody reads.
    var isEmpty: Bool { state.withLock { $0.readers.isEmpty } }

    /// Somebody begins to read; `close` closes the connection.
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

    /// A reader is gone.
    func close(_ number: Int) {
        state.withLock { _ = $0.readers.removeValue(forKey: number) }
    }

    /// Something is being written since then, in uptime; nil when the reader has taken it.
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
