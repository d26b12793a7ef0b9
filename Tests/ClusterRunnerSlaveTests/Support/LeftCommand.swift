import ClusterRunnerPlugin
import ClusterRunnerProcess
import Foundation
import Testing

/// A command that a service was running for its directory when it was killed.
struct LeftCommand {
    private let pid: pid_t

    /// Starts one, and the note that names its service.
    init(in directory: String) async throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let program = "00000000000000a1"
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
        _ = try await ProcessCommandRunner(logger: .silent).run(command)
        let text = try String(contentsOfFile: output, encoding: .utf8)
        pid = try #require(pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines)), "\(text)")
    }

    /// Whether it runs; one that has exited has no arguments.
    var isRunning: Bool { FileManager.default.contents(atPath: "/proc/\(pid)/cmdline")?.isEmpty == false }

    /// Ends it, if nothing has.
    func end() { if isRunning { kill(pid, SIGKILL) } }
}
