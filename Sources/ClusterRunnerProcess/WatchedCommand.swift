import ClusterRunnerPlugin
import Glibc
import Logging

/// A started command, which carries out the decisions of its ``CommandLifecycle``.
struct WatchedCommand: Sendable {
    private let id: UInt32
    private let child: ChildProcess
    private let family: ProcessFamily
    private let notes: LeftBehindNotes
    private let logger: Logger
    private var lifecycle: CommandLifecycle
    private var rest: SessionRest
    private var continuation: CheckedContinuation<CommandOutcome, any Error>?
    private var ending: Ending?

    /// A command that has ended, with the caller that waits for it.
    struct Ending: Sendable {
        let outcome: Result<CommandOutcome, any Error>
        let continuation: CheckedContinuation<CommandOutcome, any Error>

        /// Resumes the waiting caller.
        func report() { continuation.resume(with: outcome) }
    }

    init(
        id: UInt32,
        child: ChildProcess,
        lifecycle: CommandLifecycle,
        notes: LeftBehindNotes,
        family: ProcessFamily,
        logger: Logger,
        continuation: CheckedContinuation<CommandOutcome, any Error>
    ) {
        self.id = id
        self.child = child
        self.logger = logger
        self.lifecycle = lifecycle
        self.notes = notes
        self.family = family
        self.continuation = continuation
        rest = SessionRest(session: child.pid, command: child.command, family: family)
    }

    /// The time at which ``deadlinePassed(_:)`` is due.
    var deadline: CommandLifecycle.Instant? { lifecycle.deadline }
    /// Whether nothing is left to do.
    ///
    /// Later than the report if the shell survived KILL: its exit status must still be collected.
    var isOver: Bool { lifecycle.stage == .reported && lifecycle.isShellGone }

    /// Returns the tag of a watched descriptor of this command.
    private func tag(_ descriptor: Int32) -> UInt64 { UInt64(id) << 32 | UInt64(UInt32(bitPattern: descriptor)) }

    /// Returns the command of a tag.
    static func id(ofTag tag: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: tag >> 32) }
}

extension WatchedCommand {
    /// Begins to watch the shell; false when the system cannot watch another descriptor.
    func begin(_ poller: Poller) -> Bool { poller.add(child.handle, tag: tag(child.handle)) }

    /// Cancels the command, after a cancellation of its task.
    mutating func cancel() { lifecycle.cancel(at: .now) }

    /// Handles the deadline.
    mutating func deadlinePassed(_ poller: Poller) {
        perform(lifecycle.deadlinePassed(at: .now), poller)
    }

    /// Handles a ready descriptor.
    mutating func ready(_ tag: UInt64, _ poller: Poller) {
        if tag == self.tag(child.handle), !lifecycle.isShellGone {
            shellEnded(poller)
        } else {
            rest.dropExited(poller)
            if rest.isEmpty { perform(lifecycle.stage == .killing ? .kill : .awaitRest, poller) }
        }
    }

    private mutating func shellEnded(_ poller: Poller) {
        // Before the exit status is collected: until then no other group can have this number.
        if lifecycle.killsGroupOfEndedShell { child.signalGroup(SIGKILL) }
        let end = child.reap()
        family.reaped(child.pid)
        poller.remove(child.handle)
        close(child.handle)
        perform(lifecycle.shellEnded(end, at: .now), poller)
    }

    private mutating func perform(_ action: CommandLifecycle.Action, _ poller: Poller) {
        switch action {
        case .none: break
        case .terminate: terminate(poller)
        case .kill:
            if !lifecycle.isShellGone { child.signalGroup(SIGKILL) }
            rest.kill(ofShell: runningShell, poller, tag: tag)
            reportIfGone(poller)
        case .awaitRest:
            // A daemon may have been on its way from its parent to this process when all others got TERM.
            if lifecycle.stage == .terminating { rest.terminateNew(poller) }
            rest.discover(poller, tag: tag)
            reportIfGone(poller)
        case .report: report()
        case .abandon: abandon(poller)
        }
    }

    private var runningShell: pid_t? { lifecycle.isShellGone ? nil : child.pid }

    private mutating func terminate(_ poller: Poller) {
        // The others first: once the shell has exited, they are no longer found below it.
        let isReachable = rest.terminate(ofShell: runningShell, poller, tag: tag)
        if !lifecycle.isShellGone { child.signalGroup(SIGTERM) }
        guard isReachable else { return perform(lifecycle.restIsUnreachable(), poller) }
        reportIfGone(poller)
    }

    private mutating func abandon(_ poller: Poller) {
        logger.warning(
            "Some processes of a command could not be ended.",
            metadata: ["session": "\(child.pid)", "processes": "\(rest.processes)"]
        )
        notes.write(unended: rest.processes)
        rest.dropAll(poller)
        report()
    }

    private mutating func reportIfGone(_ poller: Poller) {
        if rest.isEmpty { perform(lifecycle.restGone(), poller) }
    }

    private mutating func report() {
        guard let continuation else { return }
        rest.reapSignaled()
        family.ended(child.command)
        if lifecycle.wasLeftRunning { notes.write(ended: rest.namesOfSignaled) }
        ending = Ending(outcome: Result { try lifecycle.outcome(at: .now) }, continuation: continuation)
        self.continuation = nil
    }

    /// Takes the ending, once there is one; returned only once.
    ///
    /// It must be reported without the lock: a task's canceler holds a lock of the runtime while it waits for the lock
    /// of the loop, and resuming the task needs that lock of the runtime.
    mutating func takeEnding() -> Ending? {
        defer { ending = nil }
        return ending
    }
}
