import CSpawn
import ClusterRunnerConcurrency
import ClusterRunnerPlugin
import Glibc
import Logging

/// The running commands, and the thread that waits for all of them.
///
/// A thread of its own, since it spends its life in a blocking call, which would take one from the cooperative pool for
/// good; a bare pthread, since Foundation's would be its only use of Foundation. It is started by the first command and
/// ends when the loop was closed and the last command is over.
final class CommandLoop: Sendable {
    fileprivate struct State: Sendable {
        /// Open while the thread runs.
        var poller: Poller?
        var commands: [UInt32: WatchedCommand] = [:]
        var lastID: UInt32 = 0
        var isClosed = false
        /// The commands that have ended and were not reported yet.
        fileprivate var endings: [WatchedCommand.Ending] = []
        /// What the timer is set to; nil when it is not.
        var wakeup: CommandLifecycle.Instant?
        /// When orphans that have exited are looked for; nil while no command runs and none is left of earlier ones.
        var sweep: CommandLifecycle.Instant?
    }

    private let logger: Logger
    private let patience: CommandLifecycle.Patience
    private let family: ProcessFamily
    private let state = Lock(State())

    /// How often the exit statuses of orphans are taken while commands run: nobody else does, and a command may leave
    /// thousands of them within minutes.
    fileprivate static let sweepInterval = Duration.seconds(1)

    init(logger: Logger, patience: CommandLifecycle.Patience, family: ProcessFamily) {
        self.logger = logger
        self.patience = patience
        self.family = family
    }

    /// Starts the thread if need be, and returns a number for the next command.
    func open() throws -> UInt32 {
        try state.withLock { state in
            if state.poller == nil {
                cspawn_keep_exit_statuses()
                state.poller = try startThread()
            }
            // Zero is the timer's.
            state.lastID = state.lastID == .max ? 1 : state.lastID + 1
            return state.lastID
        }
    }

    /// Takes over a command; the continuation gets its outcome.
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

    /// Cancels a command; nothing happens if it is over, or not watched yet.
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
    /// Called under the lock, so that the thread finds everything in place.
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

    /// The life of the thread.
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
    /// Lets the commands go on; true when there is nothing more to wait for.
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
            // A walk over all of them: they are as many as this machine has executors, a heap would gain nothing.
            wakeUp(at: commands.values.lazy.compactMap(\.deadline).min())
            wakeUp(at: sweep)
        }
        guard isClosed, commands.isEmpty else { return false }
        self.poller = nil
        return true
    }

    /// Looks for orphans in a while.
    ///
    /// A timer that is set stays so when the commands have ended: short ones one after the other then cost no call.
    mutating func planSweep() {
        guard sweep == nil else { return }
        sweep = .now + CommandLoop.sweepInterval
        wakeUp(at: sweep)
    }

    private mutating func update(_ id: UInt32, _ change: (inout WatchedCommand) -> Void) {
        // A command may be over and still have been among the ready ones.
        guard var command = commands.removeValue(forKey: id) else { return }
        change(&command)
        if let ending = command.takeEnding() { endings.append(ending) }
        guard !command.isOver else { return }
        commands[id] = command
        wakeUp(at: command.deadline)
    }

    /// What is to be reported, under no lock.
    fileprivate mutating func takeEndings() -> [WatchedCommand.Ending] {
        defer { endings = [] }
        return endings
    }

    /// Sets the timer, unless it is due earlier anyhow.
    mutating func wakeUp(at deadline: CommandLifecycle.Instant?) {
        guard let deadline, let poller, wakeup.map({ deadline < $0 }) ?? true else { return }
        poller.setTimer(to: deadline, now: .now)
        wakeup = deadline
    }
}
