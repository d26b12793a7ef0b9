import ClusterRunnerPlugin

/// The waits between the attempts of a failed request.
package struct RetryPolicy: Sendable, Equatable {
    /// The wait after the first failure, which doubles with each further one.
    package var initial: Duration
    /// The longest wait.
    package var maximum: Duration

    /// Creates a policy.
    package init(initial: Duration = .milliseconds(100), maximum: Duration = .seconds(2)) {
        self.initial = initial
        self.maximum = maximum
    }

    /// Returns the wait after a number of failures in a row.
    package func delay(afterFailures failures: Int) -> Duration {
        min(maximum, initial * (1 << min(max(1, failures) - 1, 20)))
    }

    /// Returns the wait after a number of failures in a row, the last one `error`: at least what the master asked for.
    package func delay(afterFailures failures: Int, last error: any Error) -> Duration {
        max(delay(afterFailures: failures), (error as? MasterUnreachable)?.retryAfter ?? .zero)
    }

    /// Whether a retry may help: the master did not answer or could not take the request.
    package func isWorthRetrying(_ error: any Error) -> Bool {
        (error as? MasterUnreachable) != nil
    }

    /// Whether a slave's retry may help; also if the master does not know the slave until it has registered again.
    package func isWorthRetryingAsSlave(_ error: any Error) -> Bool {
        isWorthRetrying(error) || (error as? ClusterRunnerError)?.code == .sessionExpired
    }
}
