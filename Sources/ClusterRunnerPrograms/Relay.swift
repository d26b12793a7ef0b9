import ClusterRunnerConcurrency

/// A stream of bytes between a producer and a consumer of another task: the producer waits until each piece is taken.
final class Relay: Sendable {
    private typealias Consumer = CheckedContinuation<[UInt8]?, any Error>

    private struct State {
        var consumer: Consumer?
        /// A piece that waits for the consumer, and what it wakes when it is taken.
        var piece: (bytes: [UInt8], taken: OneShotSignal)?
        var end: Result<Void, any Error>?
    }

    private let state = Lock(State())

    /// Hands a piece over; returns when the consumer has it.
    ///
    /// - Throws: `CancellationError` when the surrounding task is canceled meanwhile.
    func put(_ bytes: [UInt8]) async throws {
        let taken = OneShotSignal()
        let consumer = state.withLock { state -> Consumer? in
            if let consumer = state.consumer {
                state.consumer = nil
                return consumer
            }
            state.piece = (bytes, taken)
            return nil
        }
        if let consumer { return consumer.resume(returning: bytes) }
        await taken.wait()
        try Task.checkCancellation()
    }

    /// Makes the stream of the pieces that `produce` puts; the end of its consumer cancels it.
    func stream(_ produce: @escaping @Sendable () async throws -> Void) -> AsyncThrowingStream<[UInt8], any Error> {
        let production = Production { [self] in
            do {
                try await produce()
                finish(.success(()))
            } catch {
                finish(.failure(error))
            }
        }
        return AsyncThrowingStream {
            try await withTaskCancellationHandler {
                try await self.next()
            } onCancel: {
                production.cancel()
            }
        }
    }

    private func finish(_ end: Result<Void, any Error>) {
        let consumer = state.withLock { state in
            state.end = end
            defer { state.consumer = nil }
            return state.consumer
        }
        consumer?.resume(with: end.map { nil })
    }

    private func next() async throws -> [UInt8]? {
        try await withCheckedThrowingContinuation { continuation in
            let ready: Result<[UInt8]?, any Error>? = state.withLock { state in
                if let piece = state.piece {
                    state.piece = nil
                    piece.taken.fire()
                    return .success(piece.bytes)
                }
                if let end = state.end { return end.map { nil } }
                state.consumer = continuation
                return nil
            }
            if let ready { continuation.resume(with: ready) }
        }
    }
}

/// A task that is canceled with its last reference.
///
/// No surrounding task could wait for it: the caller of `export` returns with the stream, which is read later.
private final class Production: Sendable {
    private let task: Task<Void, Never>

    init(_ body: @escaping @Sendable () async -> Void) {
        task = Task { await body() }
    }

    func cancel() { task.cancel() }

    deinit { task.cancel() }
}
