import ClusterRunnerConcurrency
import ClusterRunnerDomain

/// The signals that tell waiters that a build has ended.
final class BuildEndings: Sendable {
    private struct Signals {
        var byBuild: [BuildID: OneShotSignal] = [:]
        var isOver = false
    }

    private let signals = Lock(Signals())

    /// Waits until a build ends, at most for a duration; returns at once after ``finish()``.
    ///
    /// `hasEnded` is asked after the waiting has begun, so that no end is missed.
    func wait(
        for build: BuildID,
        atMost limit: Duration,
        _ timekeeper: Timekeeper,
        unless hasEnded: () async throws -> Bool
    ) async throws {
        let signal = signals.withLock { signals -> OneShotSignal? in
            guard !signals.isOver else { return nil }
            let signal = signals.byBuild[build] ?? OneShotSignal()
            signals.byBuild[build] = signal
            return signal
        }
        guard let signal else { return }
        // No later event fires the signal of a build that has already ended or never existed.
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

    /// Wakes the waiters for a build that has ended.
    func send(build: BuildID) {
        signals.withLock { $0.byBuild.removeValue(forKey: build) }?.fire()
    }

    /// Ends all waiting, now and later.
    func finish() {
        let all = signals.withLock { signals in
            signals.isOver = true
            defer { signals.byBuild = [:] }
            return Array(signals.byBuild.values)
        }
        for signal in all { signal.fire() }
    }
}
