import ClusterRunnerConcurrency
import ClusterRunnerPlugin

/// Work on many files, which runs on a thread of its own and stops soon after its caller no longer waits.
enum FileWork {
    /// Runs work that says in `what` what it does, such as "Writing the files of the project".
    ///
    /// - Throws: what it throws; an error after an hour, and `CancellationError` once the surrounding task is canceled.
    static func run<Result: Sendable>(
        _ what: String,
        _ work: @escaping @Sendable (_ check: () throws -> Void) throws -> Result
    ) async throws -> Result {
        let error = ClusterRunnerError(.failed, "\(what) took longer than an hour.")
        return try await blocking(within: .seconds(3600), orThrow: error) { isGivenUp in
            try work { if isGivenUp() { throw CancellationError() } }
        }
    }
}
