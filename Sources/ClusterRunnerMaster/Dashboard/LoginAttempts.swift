import ClusterRunnerConcurrency
import ClusterRunnerHTTP

/// The attempts to log in to the dashboard, slowed down by address.
final class LoginAttempts: Sendable {
    private let pace = Lock(AttemptPace())
    private let timekeeper: Timekeeper

    init(timekeeper: Timekeeper) {
        self.timekeeper = timekeeper
    }

    /// Returns the seconds that an address must still wait; nil when it may try.
    func wait(for address: String) -> Int? {
        pace.withLock { $0.wait(for: address, at: timekeeper.now.uptime) }
    }

    /// Records an attempt from an address.
    func ended(from address: String, isRight: Bool) {
        pace.withLock { pace in
            if isRight { pace.succeeded(from: address) } else { pace.failed(from: address, at: timekeeper.now.uptime) }
        }
    }
}
