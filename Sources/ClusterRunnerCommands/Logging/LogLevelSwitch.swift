import ClusterRunnerConcurrency
package import Logging

/// The level of a service's log, which can be changed while it runs.
package final class LogLevelSwitch: Sendable {
    private let configured: Logger.Level
    private let current: Lock<Logger.Level>

    /// Creates a switch at the configured level.
    package init(_ level: Logger.Level) {
        configured = level
        current = Lock(level)
    }

    /// The present level.
    package var level: Logger.Level { current.withLock { $0 } }

    /// Switches to DEBUG, or back to the configured level; returns the new one.
    package func toggle() -> Logger.Level {
        current.withLock { level in
            level = level == .debug ? configured : .debug
            return level
        }
    }
}
