import ClusterRunnerPlugin
import Foundation
import Logging

@testable import ClusterRunnerProcess

/// A runner and a folder of its own for the output of its commands.
final class CommandFixture: Sendable {
    let folder: String
    let runner: ProcessCommandRunner

    init(
        shell: Shell = Shell.find(),
        user: JobUser? = nil,
        drain: Duration = .milliseconds(100),
        grace: Duration = .seconds(60),
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) throws {
        folder = NSTemporaryDirectory() + "/command \(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        runner = ProcessCommandRunner(
            shell: shell,
            user: user,
            logger: logger,
            patience: .init(drain: drain, grace: grace)
        )
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    func bytes(_ name: String = "output") throws -> [UInt8] {
        try [UInt8](Data(contentsOf: URL(fileURLWithPath: path(name))))
    }

    func text(_ name: String = "output") throws -> String {
        try String(decoding: bytes(name), as: UTF8.self)
    }

    func command(
        _ script: String,
        environment: [String: String] = [:],
        output: String = "output",
        timeout: Duration? = nil
    ) -> ShellCommand {
        ShellCommand(
            script: script,
            directory: folder,
            environment: environment.merging(["PATH": "/usr/bin:/bin"]) { given, _ in given },
            output: .combined(path: path(output)),
            timeout: timeout
        )
    }

    @discardableResult
    func run(
        _ script: String,
        environment: [String: String] = [:],
        timeout: Duration? = nil
    ) async throws -> CommandOutcome {
        try await runner.run(command(script, environment: environment, timeout: timeout))
    }

    /// Starts a script, cancels it as soon as it writes a line to the pipe `ready`, and returns its outcome.
    func cancelWhenReady(_ script: String) async throws -> CommandOutcome {
        let isPipe = mkfifo(path("ready"), 0o600) == 0
        precondition(isPipe, "The folder is new.")
        let command = Task { try await runner.run(self.command(script)) }
        _ = try await runner.run(self.command("read -r line < ready", output: "waiting"))
        command.cancel()
        return try await command.value
    }

    /// Reads the process ids that a script wrote, one a line.
    func processes() throws -> [pid_t] { try text().split(separator: "\n").compactMap { pid_t($0) } }
}

/// Whether a process runs; a zombie does not.
func isRunning(_ pid: pid_t) -> Bool {
    guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
        let state = status.split(separator: ")").last?.split(separator: " ").first
    else { return false }
    return state != "Z" && state != "X"
}

/// Returns the sentence of the error that a call throws; nil without one of ours.
func fault(_ body: () async throws -> Void) async -> String? {
    do { try await body() } catch {
        guard let error = error as? ClusterRunnerError else { return nil }
        return "\(error.code): \(error.message)"
    }
    return nil
}
