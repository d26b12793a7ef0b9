import CDispatch
package import ClusterRunnerConcurrency
import ClusterRunnerFiles
package import ClusterRunnerPlugin
import Glibc

/// Runs commands and ends those that print too much.
///
/// A command writes to its files directly, so its output between two checks is already on disk.
package struct OutputLimit: Sendable {
    /// The maximum size of a file, in bytes.
    package let bytes: Int
    /// The time between two checks.
    let interval: Duration
    let timekeeper: Timekeeper

    /// Creates a limit.
    package init(bytes: Int, interval: Duration = .milliseconds(50), timekeeper: Timekeeper) {
        self.bytes = bytes
        self.interval = interval
        self.timekeeper = timekeeper
    }

    /// Runs a command until it ends or prints too much.
    ///
    /// - Returns: the outcome, and whether a file exceeds the limit.
    package func run(
        _ command: ShellCommand,
        with runner: any CommandRunner
    ) async throws -> (outcome: CommandOutcome, isBeyond: Bool) {
        let paths =
            switch command.output {
            case .combined(let path): [path]
            case .separate(let output, let error): [output, error]
            }
        let outcome = try await withThrowingTaskGroup(of: CommandOutcome?.self) { group in
            group.addTask { try await runner.run(command) }
            group.addTask {
                // Canceled when the command has ended.
                while (try? await timekeeper.sleep(for: interval)) != nil { if isBeyond(paths) { break } }
                return nil
            }
            var outcome: CommandOutcome?
            while let ended = try await group.next() {
                if let ended { outcome = ended }
                group.cancelAll()
            }
            return outcome
        }
        guard let outcome else { throw CancellationError() }
        return (outcome, isBeyond(paths))
    }

    private func isBeyond(_ paths: [String]) -> Bool {
        paths.contains { FileStatus(path: $0).map { $0.size > bytes } ?? false }
    }
}
