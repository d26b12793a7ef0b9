import ClusterRunnerPlugin
import Glibc

/// Decides what happens to a command between its start and its outcome.
///
/// Does nothing itself: each event returns the ``Action`` to take.
struct CommandLifecycle: Sendable {
    typealias Instant = SuspendingClock.Instant

    /// How far a command is.
    enum Stage: Sendable, Equatable {
        /// Nobody wants it to end.
        case running
        /// Its shell has ended by itself, and what that started may finish.
        case draining
        /// It got TERM.
        case terminating
        /// What is left of it got KILL.
        case killing
        /// Its outcome was reported.
        case reported
    }

    /// What to do about the processes of a command.
    enum Action: Sendable, Equatable {
        case none
        /// Send TERM to all of them.
        case terminate
        /// Send KILL to all of them, and wait until they are gone.
        case kill
        /// Wait until those that the shell left behind are gone.
        case awaitRest
        /// Report the outcome.
        case report
        /// Report the outcome, although some of them survived KILL.
        case abandon
    }

    /// The outcome of a command whose task was canceled before it was started.
    static let neverStarted = CommandOutcome(end: .canceled, exitCode: terminatedExitCode, elapsed: .zero)
    private static let terminatedExitCode = 128 + SIGTERM

    /// The times that the end of a command may take.
    struct Patience: Sendable, Equatable {
        /// How long what a shell started may go on when the shell has ended by itself.
        var drain: Duration
        /// How long a process may take to end after TERM.
        var grace: Duration
    }

    private let started: Instant
    private let patience: Patience
    private var cause: CommandOutcome.End?
    private var isCanceled = false
    private var shellEnd: (end: ShellEnd, time: Instant)?
    private(set) var stage = Stage.running
    /// When ``deadlinePassed(at:)`` is due; nil is never.
    private(set) var deadline: Instant?
    /// Whether processes that its shell left behind had to be ended although nobody wanted the command to end.
    private(set) var wasLeftRunning = false

    /// Creates the lifecycle of a command that was just started.
    init(started: Instant, timeout: Duration?, patience: Patience) {
        self.started = started
        self.patience = patience
        deadline = timeout.map { started + $0 }
    }
}

extension CommandLifecycle {
    /// Whether the shell ended and its exit status was taken.
    var isShellGone: Bool { shellEnd != nil }

    /// Whether the shell's process group gets KILL before the shell's exit status is taken.
    ///
    /// Not before the end of the grace time: that belongs to the grandchildren too.
    var killsGroupOfEndedShell: Bool { stage == .killing }

    /// The task was canceled: makes the deadline due, where all signals are sent.
    mutating func cancel(at now: Instant) {
        switch stage {
        case .running: cause = .canceled
        // The shell's own end counts.
        case .draining: break
        case .terminating, .killing, .reported: return
        }
        isCanceled = true
        deadline = now
    }

    /// The deadline passed.
    mutating func deadlinePassed(at now: Instant) -> Action {
        switch stage {
        case .running:
            cause = cause ?? .timedOut
            return enter(.terminating, until: now + patience.grace, .terminate)
        case .draining:
            wasLeftRunning = !isCanceled
            return enter(.terminating, until: now + patience.grace, .terminate)
        case .terminating:
            return enter(.killing, until: now + patience.grace, .kill)
        case .killing:
            return enter(.reported, until: nil, .abandon)
        case .reported:
            return .none
        }
    }

    /// The shell ended.
    mutating func shellEnded(_ end: ShellEnd, at now: Instant) -> Action {
        shellEnd = (end, now)
        switch stage {
        case .running:
            // A cancellation that came too late to send any signal leaves nothing to wait for.
            cause = nil
            return enter(.draining, until: isCanceled ? now : now + patience.drain, .awaitRest)
        case .draining, .terminating: return .awaitRest
        case .killing: return .kill
        case .reported: return .none
        }
    }

    /// No other process of the session is left.
    mutating func restGone() -> Action {
        guard isShellGone, stage != .reported else { return .none }
        return enter(.reported, until: nil, .report)
    }

    /// No signal reaches any of them: they belong to other users.
    mutating func restIsUnreachable() -> Action {
        guard isShellGone, stage == .terminating else { return .none }
        return enter(.reported, until: nil, .abandon)
    }

    /// What to tell the caller.
    func outcome(at now: Instant) throws -> CommandOutcome {
        let elapsed = (shellEnd?.time ?? now) - started
        if let cause { return CommandOutcome(end: cause, exitCode: Self.terminatedExitCode, elapsed: elapsed) }
        switch shellEnd?.end {
        case .exited(let code):
            return CommandOutcome(end: .exited(code), exitCode: code, elapsed: elapsed)
        case .signaled(let signal):
            return CommandOutcome(end: .signaled(signal), exitCode: 128 + signal, elapsed: elapsed)
        case .lost, nil:
            throw ClusterRunnerError(.failed, "The exit code of a command is lost: other code of this program took it.")
        }
    }

    private mutating func enter(_ stage: Stage, until deadline: Instant?, _ action: Action) -> Action {
        self.stage = stage
        self.deadline = deadline
        return action
    }
}
