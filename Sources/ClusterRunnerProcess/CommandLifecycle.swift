import ClusterRunnerPlugin
import Glibc

/// The state machine of a command, from its start to its outcome.
///
/// It performs nothing: each event returns the ``Action`` to take.
struct CommandLifecycle: Sendable {
    typealias Instant = SuspendingClock.Instant

    /// The stage of a command.
    enum Stage: Sendable, Equatable {
        /// Running, without a request to end.
        case running
        /// The shell has ended by itself; processes that it started may finish.
        case draining
        /// TERM was sent.
        case terminating
        /// KILL was sent to the remaining processes.
        case killing
        /// The outcome was reported.
        case reported
    }

    /// An action on the processes of a command.
    enum Action: Sendable, Equatable {
        case none
        /// Send TERM to all of them.
        case terminate
        /// Send KILL to all of them, and wait for their end.
        case kill
        /// Wait for the end of the processes that the shell left behind.
        case awaitRest
        /// Report the outcome.
        case report
        /// Report the outcome, although some processes survived KILL.
        case abandon
    }

    /// The outcome of a command whose task was canceled before its start.
    static let neverStarted = CommandOutcome(end: .canceled, exitCode: terminatedExitCode, elapsed: .zero)
    private static let terminatedExitCode = 128 + SIGTERM

    /// The time limits of a command's end.
    struct Patience: Sendable, Equatable {
        /// Time for processes left behind by a shell that has ended by itself.
        var drain: Duration
        /// Time for a process to end after TERM.
        var grace: Duration
    }

    private let started: Instant
    private let patience: Patience
    private var cause: CommandOutcome.End?
    private var isCanceled = false
    private var shellEnd: (end: ShellEnd, time: Instant)?
    private(set) var stage = Stage.running
    /// The time at which ``deadlinePassed(at:)`` is due; nil means never.
    private(set) var deadline: Instant?
    /// Whether processes left behind by the shell had to be ended without a timeout or a cancellation.
    private(set) var wasLeftRunning = false

    /// Creates the lifecycle of a newly started command.
    init(started: Instant, timeout: Duration?, patience: Patience) {
        self.started = started
        self.patience = patience
        deadline = timeout.map { started + $0 }
    }
}

extension CommandLifecycle {
    /// Whether the shell has ended and its exit status was collected.
    var isShellGone: Bool { shellEnd != nil }

    /// Whether the shell's process group gets KILL before the shell's exit status is collected.
    ///
    /// Only after the grace time, which applies to the grandchildren too.
    var killsGroupOfEndedShell: Bool { stage == .killing }

    /// Cancels the command by making the deadline due; all signals are sent from there.
    mutating func cancel(at now: Instant) {
        switch stage {
        case .running: cause = .canceled
        // The shell's own end wins.
        case .draining: break
        case .terminating, .killing, .reported: return
        }
        isCanceled = true
        deadline = now
    }

    /// Handles the deadline.
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

    /// Handles the end of the shell.
    mutating func shellEnded(_ end: ShellEnd, at now: Instant) -> Action {
        shellEnd = (end, now)
        switch stage {
        case .running:
            // A cancellation that came too late to send a signal has nothing to wait for.
            cause = nil
            return enter(.draining, until: isCanceled ? now : now + patience.drain, .awaitRest)
        case .draining, .terminating: return .awaitRest
        case .killing: return .kill
        case .reported: return .none
        }
    }

    /// Handles the end of the last other process of the session.
    mutating func restGone() -> Action {
        guard isShellGone, stage != .reported else { return .none }
        return enter(.reported, until: nil, .report)
    }

    /// Handles processes that no signal reaches, because they belong to other users.
    mutating func restIsUnreachable() -> Action {
        guard isShellGone, stage == .terminating else { return .none }
        return enter(.reported, until: nil, .abandon)
    }

    /// Makes the outcome for the caller.
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
