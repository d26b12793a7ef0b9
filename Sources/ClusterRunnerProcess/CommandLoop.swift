import CSpawn
import ClusterRunnerConcurrency
import ClusterRunnerPlugin
import Glibc
import Logging

/// The running commands, and the thread that waits for all of them.
///
/// A thread of its own, because its blocking call would permanently occupy one of the cooperative pool. A bare pthread,
/// because `Thread` would be its only use of Foundation. The first command starts the thread; it ends once the loop is
/// closed and the last command has ended.
final class CommandLoop: Sendable {
    fileprivate struct State: Sendable {
        /// Open while the thread runs.
        var poller: Poller?
        var commands: [UInt32: WatchedCommand] = [:]
        var lastID: UInt32 = 0
        var isClosed = false
        /// The ended commands that are not yet reported.
        fileprivate var endings: [WatchedCommand.Ending] = []
        /// The time that the timer is set to; nil when it is off.
        var wakeup: CommandLifecycle.Instant?
        /// The time of the next search for exited orphans; nil while no command runs and no orphan of earlier ones is
        /// left.
        var sweep: CommandLifecycle.Instant?
    }

    private let logger: Logger
    private let patience: CommandLifecycle.Patience
    private let family: ProcessFamily
    private let state = Lock(State())

    /// Interval for collecting the exit statuses of orphans while commands run; a command may leave thousands of them
    /// within minutes.
    fileprivate static let sweepInterval = Duration.seconds(1)

    init(logger: Logger, patience: CommandLifecycle.Patience, family: ProcessFamily) {
        self.logger = logger
        self.patience = patience
        self.family = family
    }

    /// Starts the thread if necessary, and returns a number for the next command.
    func open() throws -> UInt32 {
        try state.withLock { state in
            if state.poller == nil {
                cspawn_keep_exit_statuses()
                state.poller = try startThread()
            }
            // Zero is the number of the timer.
            state.lastID = state.lastID == .max ? 1 : state.lastID + 1
            return state.lastID
        }
    }

    /// Watches a command; the continuation gets its outcome.
    func watch(
        _ child: ChildProcess,
        as id: UInt32,
        _ shellCommand: ShellCommand,
        _ continuation: CheckedContinuation<CommandOutcome, any Error>
    ) {
        let lifecycle = CommandLifecycle(started: child.started, timeout: shellCommand.timeout, patience: patience)
        let command = WatchedCommand(
            id: id,
            child: child,
            lifecycle: lifecycle,
            notes: LeftBehindNotes(output: shellCommand.output, drain: patience.drain),
            family: family,
            logger: logger,
            continuation: continuation
        )
        let isWatched = state.withLock { state in
            guard let poller = state.poller, command.begin(poller) else { return false }
            state.commands[id] = command
            state.wakeUp(at: lifecycle.deadline)
            state.planSweep()
            return true
        }
        guard !isWatched else { return }
        child.abort(in: family)
        continuation.resume(throwing: ClusterRunnerError(.failed, "Cannot watch a command: \(systemMessage(ENOSPC))."))
    }

    /// Cancels a command; does nothing if it has ended or is not watched yet.
    func cancel(_ id: UInt32) {
        state.withLock { state in
            state.commands[id]?.cancel()
            state.wakeUp(at: state.commands[id]?.deadline)
        }
    }

    /// Ends the thread once no command is left.
    func close() {
        state.withLock { state in
            state.isClosed = true
            state.wakeUp(at: .now)
        }
    }
}

extension CommandLoop {
    /// Called under the lock, so that the thread finds a complete state.
    private func startThread() throws -> Poller {
        let poller = try Poller()
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self)
        let failure = pthread_create(
            &thread,
            nil,
            { context in
                guard let context else { return nil }
                Unmanaged<CommandLoop>.fromOpaque(context).takeRetainedValue().serve()
                return nil
            },
            context.toOpaque()
        )
        guard failure == 0 else {
            context.release()
            poller.close()
            throw ClusterRunnerError(.failed, "Cannot start a thread to watch commands: \(systemMessage(failure)).")
        }
        pthread_detach(thread)
        return poller
    }

    /// Runs the loop of the thread.
    private func serve() {
        guard let poller = state.withLock({ $0.poller }) else { return }
        var isOver = false
        while !isOver {
            let tags = poller.wait()
            let endings = state.withLock { state in
                isOver = state.handle(tags, poller, family)
                return state.takeEndings()
            }
            for ending in endings { ending.report() }
        }
        poller.close()
        logger.debug("The thread that watches commands has ended.")
    }
}

extension CommandLoop.State {
    /// Handles ready descriptors; returns true when there is nothing more to wait for.
    mutating func handle(_ tags: [UInt64], _ poller: Poller, _ family: ProcessFamily) -> Bool {
        for tag in tags where tag != Poller.timerTag {
            let id = WatchedCommand.id(ofTag: tag)
            update(id) { $0.ready(tag, poller) }
        }
        if tags.last == Poller.timerTag {
            wakeup = nil
            let now = CommandLifecycle.Instant.now
            for (id, command) in commands where command.deadline.map({ $0 <= now }) ?? false {
                update(id) { $0.deadlinePassed(poller) }
            }
            if let due = sweep, due <= now {
                let isUnfinished = family.sweep()
                sweep = nil
                if isUnfinished || !commands.isEmpty { planSweep() }
            }
            // A linear search: there are only as many commands as executors, so a heap would gain nothing.
            wakeUp(at: commands.values.lazy.compactMap(\.deadline).min())
            wakeUp(at: sweep)
        }
        guard isClosed, commands.isEmpty else { return false }
        self.poller = nil
        return true
    }

    /// Schedules the next search for orphans.
    ///
    /// A timer that is set stays set after the commands have ended, so that a sequence of short commands costs no call.
    mutating func planSweep() {
        guard sweep == nil else { return }
        sweep = .now + CommandLoop.sweepInterval
        wakeUp(at: sweep)
    }

    private mutating func update(_ id: UInt32, _ change: (inout WatchedCommand) -> Void) {
        // A command may have ended although it was among the ready ones.
        guard var command = commands.removeValue(forKey: id) else { return }
        change(&command)
        if let ending = command.takeEnding() { endings.append(ending) }
        guard !command.isOver else { return }
        commands[id] = command
        wakeUp(at: command.deadline)
    }

    /// Takes the endings, to be reported without the lock.
    fileprivate mutating func takeEndings() -> [WatchedCommand.Ending] {
        defer { endings = [] }
        return endings
    }

    /// Sets the timer, unless it is due earlier.
    mutating func wakeUp(at deadline: CommandLifecycle.Instant?) {
        guard let deadline, let poller, wakeup.map({ deadline < $0 }) ?? true else { return }
        poller.setTimer(to: deadline, now: .now)
        wakeup = deadline
    }
}
