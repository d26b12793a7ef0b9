import ClusterRunnerCore
import Glibc
import Testing

@testable import ClusterRunnerProcess

@Suite struct CommandLifecycleTests {
    private let start = SuspendingClock.now
    private let grace = Duration.seconds(5)

    private func make(timeout: Duration? = nil) -> CommandLifecycle {
        CommandLifecycle(started: start, timeout: timeout, grace: grace)
    }

    private func at(_ seconds: Int) -> SuspendingClock.Instant { start + .seconds(seconds) }

    @Test func `A command that ends by itself is cleared away at once`() throws {
        var lifecycle = make()
        #expect(lifecycle.deadline == nil)
        #expect(lifecycle.killsGroupOfEndedShell)
        #expect(lifecycle.shellEnded(.exited(3), at: at(2)) == .kill)
        #expect(lifecycle.restGone() == .report)
        #expect(lifecycle.deadline == nil)
        let expected = CommandOutcome(end: .exited(3), exitCode: 3, elapsed: .seconds(2))
        #expect(try lifecycle.outcome(at: at(9)) == expected)
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
        #expect(lifecycle.shellEnded(.exited(0), at: at(1)) == .kill)
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

    @Test func `What a finished shell left behind is waited for during one grace time`() {
        var lifecycle = make(timeout: .seconds(10))
        #expect(lifecycle.shellEnded(.exited(0), at: at(1)) == .kill)
        #expect(lifecycle.deadline == at(6))
        #expect(lifecycle.deadlinePassed(at: at(6)) == .abandon)
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
