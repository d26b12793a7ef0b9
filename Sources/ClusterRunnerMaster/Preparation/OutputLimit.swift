import CDispatch
package import ClusterRunnerConcurrency
package import ClusterRunnerPlugin
import Glibc

/// Runs commands whose output files must stay small, and ends those that print too much.
///
/// A command writes to its files by itself, so what it writes between two looks is on the disk.
package struct OutputLimit: Sendable {
    /// The most bytes that a file may have.
    package let bytes: Int
    /// The time between two looks.
    let interval: Duration
    let timekeeper: Timekeeper

    /// Creates a limit.
    package init(bytes: Int, interval: Duration = .milliseconds(50), timekeeper: Timekeeper) {
        self.bytes = bytes
        self.interval = interval
        self.timekeeper = timekeeper
    }

    /// Runs a command to its end, or to where it prints too much.
    ///
    /// - Returns: the outcome, and whether a file is beyond the limit.
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
        paths.contains { path in
            var status = stat()
            return stat(path, &status) == 0 && status.st_size > bytes
        }
    }
}
