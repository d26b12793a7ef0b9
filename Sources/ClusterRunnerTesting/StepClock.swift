import ClusterRunnerConcurrency

/// A clock that stands still: its sleepers sleep until a test calls ``step()``.
package final class StepClock: Clock {
    /// A point in time of the clock.
    package struct Instant: InstantProtocol {
        let offset: Duration

        package func advanced(by duration: Duration) -> Self { Self(offset: offset + duration) }
        package func duration(to other: Self) -> Duration { other.offset - offset }
        package static func < (left: Self, right: Self) -> Bool { left.offset < right.offset }
    }

    private struct Sleeper {
        let deadline: Instant
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now = Instant(offset: .zero)
        var sleepers: [Int: Sleeper] = [:]
        var count = 0
        var watchers: [Int: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Lock(State())

    /// Creates a clock without sleepers.
    package init() {}

    package var now: Instant { state.withLock { $0.now } }
    package var minimumResolution: Duration { .zero }

    package func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let id = state.withLock { state in
            state.count += 1
            return state.count
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                add(Sleeper(deadline: deadline, continuation: continuation), id)
            }
        } onCancel: {
            let sleeper = state.withLock { $0.sleepers.removeValue(forKey: id) }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    private func add(_ sleeper: Sleeper, _ id: Int) {
        let watchers = state.withLock { state -> [CheckedContinuation<Void, Never>]? in
            guard !Task.isCancelled else { return nil }
            state.sleepers[id] = sleeper
            defer { state.watchers = [:] }
            return Array(state.watchers.values)
        }
        guard let watchers else { return sleeper.continuation.resume(throwing: CancellationError()) }
        for watcher in watchers { watcher.resume() }
    }

    /// Waits for a sleeper, and wakes the one that is due first.
    ///
    /// - Returns: The distance that the clock has moved; zero when the surrounding task is canceled.
    @discardableResult
    package func step() async -> Duration {
        while !Task.isCancelled {
            let woken = state.withLock { state -> (Sleeper, Duration)? in
                guard let (id, next) = state.sleepers.min(by: { $0.value.deadline < $1.value.deadline }) else {
                    return nil
                }
                state.sleepers[id] = nil
                let moved = state.now.duration(to: next.deadline)
                state.now = next.deadline
                return (next, moved)
            }
            if let (sleeper, moved) = woken {
                sleeper.continuation.resume()
                return moved
            }
            await somebodySleeps()
        }
        return .zero
    }

    /// Waits for a sleeper, or until the surrounding task is canceled, as by the time limit of a test.
    package func somebodySleeps() async {
        let id = state.withLock { state in
            state.count += 1
            return state.count
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    let isOver = Task.isCancelled || !state.sleepers.isEmpty
                    if !isOver { state.watchers[id] = continuation }
                    return isOver
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.watchers.removeValue(forKey: id) }?.resume()
        }
    }
}
