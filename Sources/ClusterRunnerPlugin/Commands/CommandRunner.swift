/// A runner of shell commands.
///
/// The master runs atomizers through it, the slave all other commands. Implementations start each command in a session
/// of its own, with `/dev/null` as standard input. When ``run(_:)`` returns, for any reason, no process of the command
/// is left.
package protocol CommandRunner: Sendable {
    /// Runs one command to its end.
    ///
    /// A non-zero exit code is a normal result, not an error. When the surrounding task is canceled, the command's
    /// process group gets TERM, then KILL after the grace time, and the outcome says ``CommandOutcome/End/canceled``.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/failed`` when the command could not be started:
    ///   no such directory, an environment too large for the system, an output file that cannot be written.
    func run(_ command: ShellCommand) async throws -> CommandOutcome

    /// Ends the commands that an earlier process left running for a directory when it was killed.
    ///
    /// Must be called before the first command for that directory, which must exist. A note in the directory names this
    /// process to the next one.
    func takeOver(_ directory: String) async
}

extension CommandRunner {
    /// Does nothing, for runners whose commands end with their process.
    package func takeOver(_ directory: String) async {}
}

/// A shell command with its directory, environment and limits.
public struct ShellCommand: Sendable, Equatable {
    /// The shell text; runs under `bash` (`sh` where `bash` is missing) with `pipefail`.
    public var script: String
    /// The absolute path of the directory it runs in.
    public var directory: ByteString
    /// The complete environment of the command; nothing is inherited.
    public var environment: [ByteString: ByteString]
    /// The destination of its output.
    public var output: Output
    /// Maximum run time before the process group is killed; nil means no limit.
    public var timeout: Duration?
    /// Options of the shell in addition to `pipefail`.
    package var options: ShellOptions

    /// The files that receive the output; they are created or emptied first.
    public enum Output: Sendable, Equatable {
        /// Standard output and standard error, in the order written, to one file.
        case combined(path: String)
        /// Standard output and standard error, each to a file of its own.
        case separate(output: String, error: String)
    }

    /// Creates a command.
    package init(
        script: String,
        directory: ByteString,
        environment: [ByteString: ByteString],
        output: Output,
        timeout: Duration? = nil,
        options: ShellOptions = []
    ) {
        self.script = script
        self.directory = directory
        self.environment = environment
        self.output = output
        self.timeout = timeout
        self.options = options
    }
}

/// Options of the shell that runs a command.
package struct ShellOptions: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Ends the script at the first command that fails, with its exit code.
    package static let errexit = Self(rawValue: 1)
    /// Reads the script without running it.
    package static let noexec = Self(rawValue: 2)
    /// Enables the extended patterns of `bash`; other shells have none.
    package static let extglob = Self(rawValue: 4)
}

extension ShellCommand {
    /// Creates a command from texts.
    public init(
        script: String,
        directory: String,
        environment: [String: String],
        output: Output,
        timeout: Duration? = nil
    ) {
        self.init(
            script: script,
            directory: directory,
            environment: environment,
            output: output,
            timeout: timeout,
            options: []
        )
    }

    /// Creates a command from texts, with options of its shell.
    package init(
        script: String,
        directory: String,
        environment: [String: String],
        output: Output,
        timeout: Duration? = nil,
        options: ShellOptions
    ) {
        self.init(
            script: script,
            directory: ByteString(directory),
            environment: environment.reduce(into: [:]) { $0[ByteString($1.key)] = ByteString($1.value) },
            output: output,
            timeout: timeout,
            options: options
        )
    }
}

/// The result of a command that ended.
package struct CommandOutcome: Sendable, Equatable {
    /// The reason why a command is no longer running.
    package enum End: Sendable, Equatable {
        /// It ended by itself with this exit code.
        case exited(Int32)
        /// A signal from outside this service ended it.
        case signaled(Int32)
        /// It ran longer than its timeout and was killed.
        case timedOut
        /// The task that ran it was canceled, and it was killed.
        case canceled
    }

    /// The reason for its end.
    package let end: End
    /// The exit code as a shell would report it: the code itself, or 128 + the number of the signal.
    ///
    /// 128 + 15 for a command that was killed because of its timeout or a cancellation.
    package let exitCode: Int32
    /// Its run time.
    package let elapsed: Duration

    /// Creates an outcome.
    package init(end: End, exitCode: Int32, elapsed: Duration) {
        self.end = end
        self.exitCode = exitCode
        self.elapsed = elapsed
    }

    /// Whether the command ended by itself with exit code 0.
    package var isSuccess: Bool { end == .exited(0) }
}
