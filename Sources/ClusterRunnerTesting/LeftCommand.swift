package import ClusterRunnerPlugin
import Foundation

/// A command that a service was running for its directory when it was killed.
package struct LeftCommand: Sendable {
    /// No process could be started.
    private struct NoProcess: Error {
        let output: String
    }

    private let pid: pid_t

    /// Starts a command with a runner, and writes the note that names its service.
    package init(in directory: String, with runner: any CommandRunner) async throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        // A name of its own: a service ends all processes that carry the name in its directory.
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        let program = String(repeating: "0", count: 16 - digits.count) + digits
        try "\(program)\n".write(toFile: "\(directory)/commands", atomically: false, encoding: .utf8)
        let output = "\(directory)/left"
        let command = ShellCommand(
            script: """
                CLUSTERRUNNER_COOKIE=\(program)-4 setsid sleep 1000 > /dev/null 2>&1 &
                until [ "$(cat /proc/$!/comm)" = sleep ]; do :; done
                echo $!
                """,
            directory: directory,
            environment: ["PATH": "/usr/bin:/bin"],
            output: .combined(path: output)
        )
        _ = try await runner.run(command)
        let text = try String(contentsOfFile: output, encoding: .utf8)
        // Behind the first line there may be a note about what another test has left to this process.
        guard let pid = text.split(separator: "\n").first.flatMap({ pid_t($0) }) else {
            throw NoProcess(output: text)
        }
        self.pid = pid
    }

    /// Whether it runs; one that has exited has no arguments.
    package var isRunning: Bool { FileManager.default.contents(atPath: "/proc/\(pid)/cmdline")?.isEmpty == false }

    /// Ends it, if nothing has.
    package func end() { if isRunning { kill(pid, SIGKILL) } }
}
