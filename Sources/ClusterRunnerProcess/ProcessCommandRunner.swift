public import ClusterRunnerCore
public import Logging

/// Runs shell commands as processes of this machine.
///
/// Made once by the composition root; Linux only. Each command gets a session of its own and no descriptor but its
/// output files and `/dev/null`. When ``run(_:)`` returns, every process of that session has exited:
///
/// * The shell ended by itself: what it left behind gets KILL at once, in whatever process group of the session it is.
/// * Timeout or cancellation: TERM to the process group and to the session's other groups; whatever is left when the
///   grace time has passed gets KILL. Grandchildren keep the rest of the grace time when the shell goes first.
///
/// What this cannot do: a process that starts a session of its own (`setsid`, a daemon) has left and is not found; one
/// that KILL does not reach (it runs as another user, or hangs in the kernel) is waited for during one more grace time
/// and then logged and left; and when this program itself is killed by KILL, its commands go on.
///
/// ## Why not a package
///
/// Starting commands is what a slave does all day, so its cost was measured before it was written: 1,500 runs of
/// `bash -c :` on 2 cores, where `xargs` starts 595 a second one at a time and 1,027 two at a time. swift-subprocess
/// 1.0.2 reached 490-560 and 760-900 for 0.45-0.9 s of our own CPU time, since every start passes through one thread;
/// `Foundation.Process` 435 and 617 for 0.75-1.2 s. A prototype of this runner, `posix_spawn` with one pidfd for each
/// command and one thread that waits on all of them, reached 620-670 and 1,080-1,100 for 0.17-0.5 s, which is what the
/// machine itself can do. And neither package knows whether a session is empty, which is the promise above.
public final class ProcessCommandRunner: CommandRunner {
    private let shell: Shell
    private let loop: CommandLoop
    private let logger: Logger

    /// Creates a runner, and looks for a shell once.
    ///
    /// Starts no thread until the first command.
    ///
    /// - Parameters:
    ///   - logger: Where to log what commands leave behind.
    ///   - terminationGrace: How long a command may take to end after TERM before it gets KILL.
    public convenience init(logger: Logger, terminationGrace: Duration = .seconds(5)) {
        self.init(shell: Shell.find(), logger: logger, terminationGrace: terminationGrace)
    }

    init(shell: Shell, logger: Logger, terminationGrace: Duration) {
        self.shell = shell
        self.logger = logger
        loop = CommandLoop(logger: logger, grace: terminationGrace)
        logger.debug("Commands run under \(shell.path).", metadata: ["options": "\(shell.options)"])
    }

    deinit {
        loop.close()
    }

    /// Runs one command to its end.
    ///
    /// The start blocks its thread for the millisecond until the shell is loaded: `@concurrent` makes that one of the
    /// pool's and not the caller's actor. A thread of its own for starts would put them one after the other.
    @concurrent
    public func run(_ command: ShellCommand) async throws -> CommandOutcome {
        guard !Task.isCancelled else { return CommandLifecycle.neverStarted }
        try command.check()
        let id = try loop.open()
        let child = try ChildProcess.start(command, under: shell)
        logger.trace("Started a command.", metadata: ["pid": "\(child.pid)", "directory": "\(command.directory)"])
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                loop.watch(child, as: id, timeout: command.timeout, continuation)
                // The handler may have run before there was anything to cancel.
                if Task.isCancelled { loop.cancel(id) }
            }
        } onCancel: {
            loop.cancel(id)
        }
    }
}
