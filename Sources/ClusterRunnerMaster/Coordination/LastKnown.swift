import ClusterRunnerCore

/// What its owner last published under each key, for readers that must not wait until the owner has time for them.
///
/// A reader asks for news and waits for them, but not for long; then it takes what was published before. All that ask
/// meanwhile are answered at once.
final class LastKnown<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// A value, and when it was published, in uptime.
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

    /// Creates an empty board; `onQuestion` is called when somebody asks.
    init(onQuestion: @escaping @Sendable () -> Void) {
        self.onQuestion = onQuestion
    }

    /// The keys that somebody asks for.
    var asked: [Key] { state.withLock { Array($0.asked.keys) } }

    /// What was last published under a key.
    subscript(key: Key) -> Value? { last(of: key)?.value }

    /// What was last published under a key, and when.
    func last(of key: Key) -> Publication? { state.withLock { $0.known[key] } }

    /// Publishes a value, which answers whoever asks for it; nil is that there is none any more.
    func publish(_ value: Value?, of key: Key, at uptime: Duration) {
        state.withLock { state in
            state.known[key] = value.map { Publication(value: $0, at: uptime) }
            return state.asked.removeValue(forKey: key)
        }?.fire()
    }

    /// What is published under a key from now on, or, when nothing is within `limit`, what was before.
    func news(of key: Key, within limit: Duration, _ timekeeper: Timekeeper) async -> Value? {
        let answer = ask(for: key)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await answer.wait() }
            // Canceled when the answer comes first.
            group.addTask { try? await timekeeper.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
        return self[key]
    }

    /// Asks for news; the signal fires when there are some.
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
