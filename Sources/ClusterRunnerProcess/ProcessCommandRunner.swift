package import ClusterRunnerPlugin
package import Logging

/// A runner of shell commands as processes of this machine.
///
/// Made once by the composition root; Linux only. Each command gets a session of its own and no descriptors except its
/// output files and `/dev/null`. When ``run(_:)`` returns, every process of that session has exited, and so has every
/// process that left it (`setsid`, a daemon):
///
/// * The shell ended by itself: processes that it left behind may finish during the drain time. Then they get TERM, and
/// after the grace time KILL; a line at the end of the output names them. Exit code and time of the command are those
/// of its shell.
/// * Timeout or cancellation: TERM to all; processes that are left after the grace time get KILL. Grandchildren keep
/// the rest of the grace time when the shell ends first.
///
/// Processes that left the session are found because this process adopts orphans (`PR_SET_CHILD_SUBREAPER`), and are
/// distinguished by a variable of their environment, ``CommandCookie``. A process that was given another value of it is
/// left alone. A process that hides it belongs to the last of the commands that it may come from.
///
/// Limits: a process of another user gets no signal, and a process that KILL does not end (it hangs in the kernel) is
/// waited for during one more grace time. Both are then named in the output, logged and left. When this program itself
/// is killed by KILL, its commands continue until ``takeOver(_:)`` of the next one ends them.
///
/// ## Why not a package
///
/// Starting commands is a slave's main work, so its cost was measured first: 1,500 runs of `bash -c :` on 2 cores,
/// where `xargs` starts 595 a second one at a time and 1,027 two at a time. swift-subprocess 1.0.2 reached 490-560 and
/// 760-900 for 0.45-0.9 s of our own CPU time, since every start passes through one thread; `Foundation.Process` 435
/// and 617 for 0.75-1.2 s. A prototype of this runner, `posix_spawn` with one pidfd for each command and one thread
/// that waits on all of them, reached 620-670 and 1,080-1,100 for 0.17-0.5 s, the limit of the machine. Neither package
/// knows whether a session is empty, which the promise above requires.
package final class ProcessCommandRunner: CommandRunner {
    private let shell: Shell
    private let user: JobUser?
    private let loop: CommandLoop
    private let patience: CommandLifecycle.Patience
    private let family = ProcessFamily.ofThisProcess
    private let logger: Logger

    /// Creates a runner, and looks for a shell once.
    ///
    /// Starts no thread until the first command.
    ///
    /// - Parameters:
    ///   - logger: The logger for processes that commands leave behind.
    ///   - user: The account for the commands; nil for that of this process. Only root can name one.
    ///   - drainTime: The time for processes that a command started and left behind.
    ///   - terminationGrace: The time for a process to end after TERM before it gets KILL.
    package convenience init(
        logger: Logger,
        user: JobUser? = nil,
        drainTime: Duration = .seconds(2),
        terminationGrace: Duration = .seconds(5)
    ) {
        self.init(
            shell: Shell.find(),
            user: user,
            logger: logger,
            patience: .init(drain: drainTime, grace: terminationGrace)
        )
    }

    init(shell: Shell, user: JobUser? = nil, logger: Logger, patience: CommandLifecycle.Patience) {
        self.shell = shell
        self.user = user
        self.logger = logger
        self.patience = patience
        loop = CommandLoop(logger: logger, patience: patience, family: family)
        logger.debug("Commands run under \(shell.path).", metadata: ["options": "\(shell.options)"])
    }

    deinit {
        loop.close()
    }

    /// Runs one command to its end.
    ///
    /// The start blocks its thread for the millisecond until the shell is loaded: `@concurrent` makes that a thread of
    /// the pool and not the caller's actor. A dedicated thread for starts would serialize them.
    @concurrent
    package func run(_ command: ShellCommand) async throws -> CommandOutcome {
        guard !Task.isCancelled else { return CommandLifecycle.neverStarted }
        try command.check()
        try DescriptorReserve.check()
        let id = try loop.open()
        let child = try ChildProcess.start(command, under: shell, as: user, in: family)
        logger.trace("Started a command.", metadata: ["pid": "\(child.pid)", "directory": "\(command.directory)"])
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                loop.watch(child, as: id, command, continuation)
                // The handler may have run before there was anything to cancel.
                if Task.isCancelled { loop.cancel(id) }
            }
        } onCancel: {
            loop.cancel(id)
        }
    }
}

extension ProcessCommandRunner {
    package func takeOver(_ directory: String) async {
        let record = ProgramRecord(directory: directory)
        if let program = record.earlierProgram, program != family.cookie.program {
            let cookie = CommandCookie(program: program, outer: nil)
            let leftovers = Leftovers(cookie: cookie, directory: directory, patience: patience)
            let ended = await leftovers.end()
            if !ended.isEmpty {
                let names = LeftBehindNotes.list(ended)
                logger.warning("Commands of an earlier process still ran, and were ended: \(names).")
            }
        }
        do {
            try record.write(family.cookie.program)
        } catch {
            logger.warning("The next process in \(directory) will not find commands that this one leaves: \(error)")
        }
    }
}
