import ClusterRunnerConcurrency

/// A cache of the snapshots that its owner publishes, for readers that must not wait for the owner.
///
/// A reader asks for a new snapshot and waits for it up to a limit; then it takes the last one. One new snapshot answers
/// every reader that asked for it.
final class SnapshotCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// A snapshot and the time of its publication, in uptime.
    struct Publication {
        let value: Value
        let at: Duration
    }

    private struct State {
        var known: [Key: Publication] = [:]
        var asked: [Key: OneShotSignal] = [:]
    }

    private let state = Lock(State())
    private let onQuestion: @Sendable () -> Void

    /// Creates an empty cache; `onQuestion` is called when a reader asks.
    init(onQuestion: @escaping @Sendable () -> Void) {
        self.onQuestion = onQuestion
    }

    /// The keys that readers ask for.
    var asked: [Key] { state.withLock { Array($0.asked.keys) } }

    /// The last snapshot for a key.
    subscript(key: Key) -> Value? { last(of: key)?.value }

    /// Returns the last snapshot for a key, with its time.
    func last(of key: Key) -> Publication? { state.withLock { $0.known[key] } }

    /// Publishes a snapshot and answers the readers that ask for it; nil removes the last one.
    func publish(_ value: Value?, of key: Key, at uptime: Duration) {
        state.withLock { state in
            state.known[key] = value.map { Publication(value: $0, at: uptime) }
            return state.asked.removeValue(forKey: key)
        }?.fire()
    }

    /// Returns the next snapshot for a key, or the last one if none comes within `limit`.
    func news(of key: Key, within limit: Duration, _ timekeeper: Timekeeper) async -> Value? {
        let answer = ask(for: key)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await answer.wait() }
            // Canceled when the snapshot comes first.
            group.addTask { try? await timekeeper.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
        return self[key]
    }

    /// Asks for a new snapshot; the signal fires when it is published.
    @discardableResult
    func ask(for key: Key) -> OneShotSignal {
        let answer = state.withLock { state in
            let answer = state.asked[key] ?? OneShotSignal()
            state.asked[key] = answer
            return answer
        }
        onQuestion()
        return answer
    }
}
