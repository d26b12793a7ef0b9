import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerScheduling
import ClusterRunnerWire
import Foundation
import Logging

/// Runs the command `on_build_finished` for a build that has ended.
///
/// It runs with the rights of the service itself, never as `job_user`: jobs of that user could read its credentials.
struct BuildFinishedCommand: Sendable {
    let script: String
    let timeout: Duration
    let folders: MasterFolders
    let runner: any CommandRunner
    let environment: [ByteString: ByteString]
    let timekeeper: Timekeeper
    let logger: Logger

    /// The most that the command may print.
    private static let outputLimit = 1 << 20
    /// The characters of a variable.
    private static let variableLimit = 1000
    /// The end of the output that is logged.
    private static let loggedBytes = 4000

    /// Runs the command to its end; a non-zero exit code is logged, and no reason for a retry.
    ///
    /// - Throws: `CancellationError` when the surrounding task is canceled; the command is ended before.
    func run(_ notification: NotificationWriter.Written) async throws -> NotificationOutcome {
        let build = notification.record.id
        let directory = folders.ending(of: build)
        do {
            folders.trash.discard(directory)
            defer { folders.trash.discard(directory) }
            try folders.create(directory)
            try write(notification.bytes, to: "\(directory)/build.json")
            let limit = OutputLimit(bytes: Self.outputLimit, timekeeper: timekeeper)
            let (outcome, isBeyond) = try await limit.run(command(in: directory, notification), with: runner)
            try Task.checkCancellation()
            report(outcome, isBeyond, of: build, output: output(in: directory))
            return .delivered
        } catch let error as ClusterRunnerError {
            return .failed("it could not be run: \(clause: error)")
        }
    }

    private func command(in directory: String, _ notification: NotificationWriter.Written) -> ShellCommand {
        var variables = environment
        let facts = notification.facts
        variables["CLUSTERRUNNER_BUILD_FILE"] = ByteString("\(directory)/build.json")
        variables["CLUSTERRUNNER_BUILD_ID"] = ByteString(String(notification.record.id))
        variables["CLUSTERRUNNER_BUILD_RESULT"] = ByteString(notification.record.result?.rawValue ?? "")
        variables["CLUSTERRUNNER_BUILD_STATE"] = ByteString(notification.record.state.rawValue)
        variables["CLUSTERRUNNER_BUILD_URL"] = ByteString(facts.buildURL)
        variables["CLUSTERRUNNER_JOB_NAME"] = Self.variable(notification.record.jobName ?? "")
        variables["CLUSTERRUNNER_MASTER_URL"] = ByteString(facts.masterURL)
        return ShellCommand(
            script: script,
            directory: ByteString(directory),
            environment: variables,
            output: .combined(path: "\(directory)/output"),
            timeout: timeout
        )
    }

    /// Returns the part of a text that a variable can hold; the file has all of it.
    private static func variable(_ text: String) -> ByteString {
        ByteString(String(text.unicodeScalars.filter { $0 != "\0" }.prefix(variableLimit).map(Character.init)))
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        try attempting("Could not write \(path)", code: .failed) {
            try OpenFile(path, O_WRONLY | O_CREAT | O_TRUNC).writeAll(bytes)
        }
    }

    /// Reads the end of the output; the command may have replaced or removed the file.
    private func output(in directory: String) -> String {
        let bytes = (try? RegularFile("\(directory)/output").end(Self.loggedBytes)) ?? []
        let text = Credentials.masked(in: String(decoding: bytes, as: UTF8.self))
        let shown = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return shown.isEmpty ? "It printed nothing." : "It printed: \(shown)"
    }

    private func report(_ outcome: CommandOutcome, _ isBeyond: Bool, of build: BuildID, output: String) {
        guard !isBeyond else {
            let limit = Self.outputLimit >> 20
            return logger.warning("on_build_finished of build \(build) was ended: it printed more than \(limit) MiB.")
        }
        switch outcome.end {
        case .exited(0): logger.info("on_build_finished of build \(build) succeeded. \(output)")
        case .timedOut:
            let key = "on_build_finished_timeout"
            logger.warning("on_build_finished of build \(build) was ended after \(timeout) (\(key)). \(output)")
        case .exited, .signaled, .canceled:
            let code = outcome.exitCode
            logger.warning("on_build_finished of build \(build) failed with exit code \(code). \(output)")
        }
    }
}
