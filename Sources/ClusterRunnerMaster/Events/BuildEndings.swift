import ClusterRunnerCore
import Synchronization

/// Tells everybody who waits for a build that it has ended.
final class BuildEndings: Sendable {
    private let signals = Mutex<[Int: OneShotSignal]>([:])

    /// Waits until a build ends, or for at most a duration.
    ///
    /// `hasEnded` is asked once the waiting has begun, so that no end is missed.
    func wait(
        for build: Int,
        atMost limit: Duration,
        _ timekeeper: Timekeeper,
        unless hasEnded: () async throws -> Bool
    ) async throws {
        let signal = signals.withLock { signals in
            let signal = signals[build] ?? OneShotSignal()
            signals[build] = signal
            return signal
        }
        // A signal of a build that has ended already, or never was, would be fired by nobody.
        do {
            guard try await !hasEnded() else { return send(build: build) }
        } catch {
            send(build: build)
            throw error
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await signal.wait() }
            // Canceled when the build ends first.
            group.addTask { try? await timekeeper.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }

    /// A build has ended.
    func send(build: Int) {
        signals.withLock { $0.removeValue(forKey: build) }?.fire()
    }

    /// Ends all waiting.
    func finish() {
        let all = signals.withLock { signals in
            defer { signals = [:] }
            return Array(signals.values)
        }
        for signal in all { signal.fire() }
    }
}
