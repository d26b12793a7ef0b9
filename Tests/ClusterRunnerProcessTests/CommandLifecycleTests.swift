import ClusterRunnerPlugin
import Glibc
import Testing

@testable import ClusterRunnerProcess

@Suite struct CommandLifecycleTests {
    private let start = SuspendingClock.now
    private let drain = Duration.seconds(2)
    private let grace = Duration.seconds(5)

    private func make(timeout: Duration? = nil) -> CommandLifecycle {
        CommandLifecycle(started: start, timeout: timeout, patience: .init(drain: drain, grace: grace))
    }

    private func at(_ seconds: Int) -> SuspendingClock.Instant { start + .seconds(seconds) }

    @Test func `A command that left nothing behind is reported at once`() throws {
        var lifecycle = make()
        #expect(lifecycle.deadline == nil)
        #expect(!lifecycle.killsGroupOfEndedShell)
        #expect(lifecycle.shellEnded(.exited(3), at: at(2)) == .awaitRest)
        #expect(lifecycle.restGone() == .report)
        #expect(lifecycle.deadline == nil)
        #expect(!lifecycle.wasLeftRunning)
        let expected = CommandOutcome(end: .exited(3), exitCode: 3, elapsed: .seconds(2))
        #expect(try lifecycle.outcome(at: at(9)) == expected)
    }

    @Test func `What a shell left behind may finish, and time and exit code are those of the shell`() throws {
        var lifecycle = make(timeout: .seconds(10))
        #expect(lifecycle.shellEnded(.exited(3), at: at(9)) == .awaitRest)
        #expect(lifecycle.stage == .draining)
        #expect(lifecycle.deadline == at(11))
        #expect(lifecycle.restGone() == .report)
        #expect(!lifecycle.wasLeftRunning)
        let expected = CommandOutcome(end: .exited(3), exitCode: 3, elapsed: .seconds(9))
        #expect(try lifecycle.outcome(at: at(11)) == expected)
    }

    @Test func `What does not finish gets TERM, and KILL when the grace time has passed`() throws {
        var lifecycle = make()
        _ = lifecycle.shellEnded(.exited(0), at: at(1))
        #expect(lifecycle.deadlinePassed(at: at(3)) == .terminate)
        #expect(lifecycle.wasLeftRunning)
        #expect(lifecycle.deadline == at(8))
        #expect(lifecycle.deadlinePassed(at: at(8)) == .kill)
        #expect(lifecycle.restGone() == .report)
        #expect(try lifecycle.outcome(at: at(9)).end == .exited(0))
        #expect(try lifecycle.outcome(at: at(9)).elapsed == .seconds(1))
    }

    @Test func `A cancellation ends the waiting for what a shell left behind`() throws {
        var lifecycle = make()
        _ = lifecycle.shellEnded(.exited(0), at: at(1))
        lifecycle.cancel(at: at(2))
        #expect(lifecycle.deadline == at(2))
        #expect(lifecycle.deadlinePassed(at: at(2)) == .terminate)
        #expect(!lifecycle.wasLeftRunning)
        lifecycle.cancel(at: at(3))
        #expect(lifecycle.deadline == at(7))
        #expect(try lifecycle.outcome(at: at(7)).end == .exited(0))
    }

    @Test func `What no signal reaches is left at once`() throws {
        var lifecycle = make()
        #expect(lifecycle.restIsUnreachable() == .none)
        _ = lifecycle.shellEnded(.exited(0), at: at(1))
        _ = lifecycle.deadlinePassed(at: at(3))
        #expect(lifecycle.restIsUnreachable() == .abandon)
        #expect(lifecycle.restGone() == .none)
    }

    @Test func `A foreign signal is reported with the exit code of a shell`() throws {
        var lifecycle = make()
        _ = lifecycle.shellEnded(.signaled(SIGSEGV), at: at(1))
        #expect(try lifecycle.outcome(at: at(1)).end == .signaled(SIGSEGV))
        #expect(try lifecycle.outcome(at: at(1)).exitCode == 139)
    }

    @Test func `A timeout sends TERM, and KILL when the grace time has passed`() throws {
        var lifecycle = make(timeout: .seconds(10))
        #expect(lifecycle.deadline == at(10))
        #expect(lifecycle.deadlinePassed(at: at(10)) == .terminate)
        #expect(lifecycle.deadline == at(15))
        #expect(lifecycle.deadlinePassed(at: at(15)) == .kill)
        #expect(lifecycle.shellEnded(.signaled(SIGKILL), at: at(16)) == .kill)
        #expect(lifecycle.restGone() == .report)
        let expected = CommandOutcome(end: .timedOut, exitCode: 143, elapsed: .seconds(16))
        #expect(try lifecycle.outcome(at: at(16)) == expected)
    }

    @Test func `Grandchildren keep the grace time when the shell obeys TERM`() {
        var lifecycle = make(timeout: .seconds(10))
        _ = lifecycle.deadlinePassed(at: at(10))
        #expect(!lifecycle.killsGroupOfEndedShell)
        #expect(lifecycle.shellEnded(.signaled(SIGTERM), at: at(11)) == .awaitRest)
        #expect(lifecycle.deadline == at(15))
        #expect(lifecycle.deadlinePassed(at: at(15)) == .kill)
        #expect(lifecycle.restGone() == .report)
    }

    @Test func `A cancellation is due at once`() throws {
        var lifecycle = make(timeout: .seconds(10))
        lifecycle.cancel(at: at(1))
        #expect(lifecycle.deadline == at(1))
        #expect(lifecycle.deadlinePassed(at: at(1)) == .terminate)
        _ = lifecycle.shellEnded(.exited(0), at: at(2))
        #expect(lifecycle.restGone() == .report)
        #expect(try lifecycle.outcome(at: at(2)).end == .canceled)
        #expect(try lifecycle.outcome(at: at(2)).exitCode == 143)
    }

    @Test func `A cancellation after the timeout changes nothing`() throws {
        var lifecycle = make(timeout: .seconds(10))
        _ = lifecycle.deadlinePassed(at: at(10))
        lifecycle.cancel(at: at(11))
        #expect(lifecycle.deadline == at(15))
        _ = lifecycle.shellEnded(.signaled(SIGTERM), at: at(12))
        #expect(try lifecycle.outcome(at: at(12)).end == .timedOut)
    }

    @Test func `A command that ended before the cancellation sent a signal ended by itself`() throws {
        var lifecycle = make()
        lifecycle.cancel(at: at(1))
        #expect(lifecycle.shellEnded(.exited(0), at: at(1)) == .awaitRest)
        #expect(lifecycle.deadline == at(1))
        #expect(try lifecycle.outcome(at: at(1)).end == .exited(0))
    }

    @Test func `A command that survives KILL is reported and left`() throws {
        var lifecycle = make()
        lifecycle.cancel(at: at(0))
        _ = lifecycle.deadlinePassed(at: at(0))
        _ = lifecycle.deadlinePassed(at: at(5))
        #expect(lifecycle.deadline == at(10))
        #expect(lifecycle.deadlinePassed(at: at(10)) == .abandon)
        #expect(lifecycle.deadline == nil)
        #expect(!lifecycle.isShellGone)
        #expect(try lifecycle.outcome(at: at(10)).elapsed == .seconds(10))
        #expect(lifecycle.shellEnded(.signaled(SIGKILL), at: at(99)) == .none)
        #expect(lifecycle.restGone() == .none)
    }

    @Test func `What survives KILL is waited for during one grace time`() {
        var lifecycle = make(timeout: .seconds(10))
        _ = lifecycle.shellEnded(.exited(0), at: at(1))
        _ = lifecycle.deadlinePassed(at: at(3))
        _ = lifecycle.deadlinePassed(at: at(8))
        #expect(lifecycle.deadline == at(13))
        #expect(lifecycle.deadlinePassed(at: at(13)) == .abandon)
    }

    @Test func `Nothing is reported while the shell runs`() {
        var lifecycle = make()
        #expect(lifecycle.restGone() == .none)
        #expect(lifecycle.stage == .running)
    }

    @Test func `A lost exit code is an error and not a success`() async {
        var lifecycle = make()
        _ = lifecycle.shellEnded(.lost, at: at(1))
        let message = await fault { [lifecycle] in _ = try lifecycle.outcome(at: at(1)) }
        #expect(message == "failed: The exit code of a command is lost: other code of this program took it.")
    }
}
