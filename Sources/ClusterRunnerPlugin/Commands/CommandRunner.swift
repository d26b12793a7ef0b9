/// Runs shell commands.
///
/// The master runs atomizers through it, the slave everything else. Implementations start each command in a session
/// of its own with `/dev/null` as standard input, and leave no process of it behind when ``run(_:)`` returns, whatever
/// the reason.
public protocol CommandRunner: Sendable {
    /// Runs one command to its end.
    ///
    /// A non-zero exit code is a normal result, not an error. When the surrounding task is canceled, the command's
    /// process group gets TERM, then KILL after the grace time, and the outcome says ``CommandOutcome/End/canceled``.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/failed`` when the command could not be started:
    ///   no such directory, an environment too large for the system, an output file that cannot be written.
    func run(_ command: ShellCommand) async throws -> CommandOutcome

    /// Ends the commands that an earlier process ran for a directory and left when it was killed.
    ///
    /// To be called before anything is run for that directory, which must exist. A note in it names the process to the
    /// next one.
    func takeOver(_ directory: String) async
}

extension CommandRunner {
    /// Does nothing, for runners whose commands end with their process.
    public func takeOver(_ directory: String) async {}
}

/// One shell command and the surroundings it runs in.
public struct ShellCommand: Sendable, Equatable {
    /// The shell text; runs under `bash` (`sh` where there is none) with `pipefail`, and with ``options``.
    public var script: String
    /// The absolute path of the directory it runs in.
    public var directory: ByteString
    /// The whole environment of the command; nothing is inherited.
    public var environment: [ByteString: ByteString]
    /// Where its output goes.
    public var output: Output
    /// How long it may run before its process group is killed; nil is for ever.
    public var timeout: Duration?
    /// Options of the shell beside `pipefail`.
    public var options: ShellOptions

    /// Where the output of a command goes: to files, which are created or emptied first.
    public enum Output: Sendable, Equatable {
        /// Standard output and standard error, in the order written, to one file.
        case combined(path: String)
        /// Each to a file of its own.
        case separate(output: String, error: String)
    }

    /// Creates a command.
    public init(
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

/// Options that a shell is started with.
public struct ShellOptions: OptionSet, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// The first command that fails ends the script with its exit code.
    public static let errexit = Self(rawValue: 1)
    /// The script is read, not run.
    public static let noexec = Self(rawValue: 2)
    /// The extended patterns of `bash`; other shells have none.
    public static let extglob = Self(rawValue: 4)
}

extension ShellCommand {
    /// Creates a command of texts.
    public init(
        script: String,
        directory: String,
        environment: [String: String],
        output: Output,
        timeout: Duration? = nil,
        options: ShellOptions = []
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

/// How a command ended.
public struct CommandOutcome: Sendable, Equatable {
    /// Why the command is no longer running.
    public enum End: Sendable, Equatable {
        /// It ended by itself with this exit code.
        case exited(Int32)
        /// A signal that nobody here sent ended it.
        case signaled(Int32)
        /// It ran longer than its timeout and was killed.
        case timedOut
        /// The task that ran it was canceled, and it was killed.
        case canceled
    }

    /// How it ended.
    public let end: End
    /// The exit code as a shell would report it: the code itself, or 128 + the number of the signal.
    ///
    /// 128 + 15 for a command that was killed because of its timeout or a cancellation.
    public let exitCode: Int32
    /// How long it ran.
    public let elapsed: Duration

    /// Creates an outcome.
    public init(end: End, exitCode: Int32, elapsed: Duration) {
        self.end = end
        self.exitCode = exitCode
        self.elapsed = elapsed
    }

    /// Whether the command ended by itself with exit code 0.
    public var isSuccess: Bool { end == .exited(0) }
}
