import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerPlugin

/// The wait of a slave for the master of its build's key.
struct KeyedMasterSearch: Sendable {
    let client: MasterClient
    let key: BuildKey
    let patience: Duration
    let timekeeper: Timekeeper
    /// Prints a line.
    let say: @Sendable (String) -> Void

    /// Waits until the master answers.
    ///
    /// - Returns: The sentence about its absence after the time limit; nil when it is there.
    func find() async throws -> String? {
        var notes = RegularNotes(timekeeper: timekeeper)
        var failures = 0
        while true {
            guard let reason = try await absence() else { return nil }
            failures += 1
            let limit = Int(patience.inSeconds)
            guard notes.age < patience else {
                return "There was no master of build key \(key.text) at \(client.address) within \(limit) s. \(reason)"
            }
            if notes.isDue(changed: failures == 1) {
                say("Waiting for the master of build key \(key.text), at most \(limit) s. \(reason)")
            }
            try await timekeeper.sleep(for: RetryPolicy().delay(afterFailures: failures))
        }
    }

    /// Asks the master; returns the reason why it is not the one of the key, nil if it is.
    private func absence() async throws -> String? {
        do {
            // The master of a key answers those alone who have its secret.
            _ = try await client.slaves()
            return nil
        } catch let error as MasterUnreachable {
            return error.description
        } catch let error as ClusterRunnerError where error.code == .unauthenticated {
            return "The master at \(client.address) has another build key or another secret."
        } catch let error as ClusterRunnerError {
            return error.message.asSentence
        }
    }
}
