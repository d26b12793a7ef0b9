import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation
import Logging

/// The commands of a session other than atoms.
extension BuildSession {
    /// Runs a command of the build other than an atom and notes its outcome; also returns the end of its output.
    func runOnce(
        _ script: String,
        _ kind: CommandRun.Kind,
        _ prepared: PreparedBuild,
        limit: Duration
    ) async throws -> (CommandOutcome, output: String) {
        let path = machine.folders.output(of: setup.build, command: kind.rawValue)
        let command = ShellCommand(
            script: script,
            directory: prepared.directory,
            environment: prepared.environment.ofBuild,
            output: .combined(path: path),
            timeout: limit,
            options: setup.job.shellOptions
        )
        let begin = machine.parts.timekeeper.now.uptime
        let feed = feed(script, kind, to: path, since: begin)
        let outcome = try await feed.run { [runner = runner(of: prepared)] in
            try await runner.run(try await prepared.project.wrap(command))
        }
        let output = ConsoleFile.wasReplaced(path) ? [] : try ConsoleFile.end(of: path, CommandRun.outputLimit)
        let run = CommandRun(
            kind: kind,
            command: script,
            exitCode: Int(outcome.exitCode),
            output: CommandRun.text(of: output) + Self.note(on: outcome, kind, limit),
            seconds: outcome.elapsed.inMilliseconds
        )
        commands.add(run, begin: begin)
        let end = String(decoding: output.suffix(4000), as: UTF8.self)
        return (outcome, end.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    /// Returns the runner of the commands of a build.
    func runner(of prepared: PreparedBuild) -> any CommandRunner { prepared.container ?? machine.parts.runner }

    /// Makes the feed of a command's output to the master.
    func feed(
        _ command: String,
        _ kind: CommandRun.Kind,
        to path: String,
        since begin: Duration
    ) -> CommandFeed {
        CommandFeed(
            build: setup.build,
            kind: kind,
            command: command,
            path: path,
            begin: begin,
            client: machine.parts.client,
            timekeeper: machine.parts.timekeeper,
            cap: OutputCap(limit: machine.settings.maxConsoleBytes, executors: 1),
            slave: requests.slave,
            logger: machine.logger
        )
    }

    /// Makes a line about a command that did not end by itself.
    private static func note(on outcome: CommandOutcome, _ kind: CommandRun.Kind, _ limit: Duration) -> String {
        switch outcome.end {
        case .exited, .signaled: ""
        case .timedOut: "\n[ClusterRunner: ended after \(text(limit)), the limit of \(kind.rawValue)_timeout.]\n"
        case .canceled: "\n[ClusterRunner: ended because it was canceled.]\n"
        }
    }

    /// Writes a time limit for people.
    static func text(_ limit: Duration) -> String {
        let seconds = limit.inMilliseconds
        return seconds == seconds.rounded() ? "\(Int(min(seconds, 1e15))) s" : "\(seconds) s"
    }
}
