import ClusterRunnerPlugin

/// How long to wait before a failed request is made again.
package struct RetryPolicy: Sendable, Equatable {
    /// The wait after the first failure; it doubles with each further one.
    package var initial: Duration
    /// The longest wait.
    package var maximum: Duration

    /// Creates a policy.
    package init(initial: Duration = .milliseconds(100), maximum: Duration = .seconds(2)) {
        self.initial = initial
        self.maximum = maximum
    }

    /// The wait after so many failures in a row, from 1 on.
    package func delay(afterFailures failures: Int) -> Duration {
        min(maximum, initial * (1 << min(max(1, failures) - 1, 20)))
    }

    /// The wait after so many failures in a row, of which `error` is the last: at least what the master asked for.
    package func delay(afterFailures failures: Int, last error: any Error) -> Duration {
        max(delay(afterFailures: failures), (error as? MasterUnreachable)?.retryAfter ?? .zero)
    }

    /// Whether another try may help: nobody answered, or the answer was that the service cannot take it now.
    package func isWorthRetrying(_ error: any Error) -> Bool {
        (error as? MasterUnreachable) != nil
    }

    /// Whether another try of a slave may help: also when the master does not know it, until it has registered again.
    package func isWorthRetryingAsSlave(_ error: any Error) -> Bool {
        isWorthRetrying(error) || (error as? ClusterRunnerError)?.code == .sessionExpired
    }
}
