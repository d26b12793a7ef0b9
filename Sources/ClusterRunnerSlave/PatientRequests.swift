import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import Logging

/// The requests of a slave, retried until its master answers.
struct PatientRequests: Sendable {
    /// The slave, by its number, which changes when the master forgets the slave.
    let slave: @Sendable () async -> SlaveID
    /// Ends the retries of a slave that must exit.
    let patience: CancellationSwitch
    let timekeeper: Timekeeper
    let logger: Logger
    private let retry = RetryPolicy()

    init(
        slave: @escaping @Sendable () async -> SlaveID,
        patience: CancellationSwitch,
        timekeeper: Timekeeper,
        logger: Logger
    ) {
        self.slave = slave
        self.patience = patience
        self.timekeeper = timekeeper
        self.logger = logger
    }

    /// Makes a request as the slave, and retries it until it is answered.
    ///
    /// - Throws: the master's error, except for those that are retried; at the end of the patience, these too.
    func perform<Answer>(_ request: (SlaveID) async throws -> Answer) async throws -> Answer {
        var failures = 0
        while true {
            do {
                return try await request(await slave())
            } catch let error where retry.isWorthRetryingAsSlave(error) && !patience.isCanceled {
                // A master that does not know the slave is available, and will know it in a moment.
                failures = retry.isWorthRetrying(error) ? failures + 1 : 1
                logger.info("\(error) Trying again.")
                try await pause(for: retry.delay(afterFailures: failures, last: error))
            }
        }
    }

    /// Waits for the next attempt; at the end of the patience, that is made at once and is the last.
    private func pause(for duration: Duration) async throws {
        do {
            try await patience.run { try await timekeeper.sleep(for: duration) }
        } catch is CancellationError {
            try Task.checkCancellation()
        }
    }
}
