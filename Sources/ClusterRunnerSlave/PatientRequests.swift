import ClusterRunnerClient
import ClusterRunnerConcurrency
import Logging

/// Requests that a slave repeats until its master answers.
struct PatientRequests: Sendable {
    /// Tells the slave's number, which changes when the master forgets the slave.
    let slave: @Sendable () async -> Int
    /// Ends the repetitions, for a slave that must exit.
    let patience: CancellationSwitch
    let timekeeper: Timekeeper
    let logger: Logger
    private let retry = RetryPolicy()

    init(
        slave: @escaping @Sendable () async -> Int,
        patience: CancellationSwitch,
        timekeeper: Timekeeper,
        logger: Logger
    ) {
        self.slave = slave
        self.patience = patience
        self.timekeeper = timekeeper
        self.logger = logger
    }

    /// Makes a request, with the slave's number, until it is answered.
    ///
    /// - Throws: what the master said, unless it could not answer or did not know the slave; that, too, once the
    ///   patience has ended.
    func perform<Answer>(_ request: (Int) async throws -> Answer) async throws -> Answer {
        var failures = 0
        while true {
            do {
                return try await request(await slave())
            } catch let error where retry.isWorthRetryingAsSlave(error) && !patience.isCanceled {
                // A master that does not know the slave is there: it will in a moment.
                failures = retry.isWorthRetrying(error) ? failures + 1 : 1
                logger.info("\(error) Trying again.")
                try await pause(for: retry.delay(afterFailures: failures, last: error))
            }
        }
    }

    /// Waits for the next attempt; when the patience ends, that is made at once and is the last.
    private func pause(for duration: Duration) async throws {
        do {
            try await patience.run { try await timekeeper.sleep(for: duration) }
        } catch is CancellationError {
            try Task.checkCancellation()
        }
    }
}
