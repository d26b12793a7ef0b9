import ClusterRunnerPlugin
import Foundation
import Testing

@testable import ClusterRunnerProcess

@Suite(.timeLimit(.minutes(10))) struct CommandDaemonTests {
    private static let daemon = "setsid sh -c 'echo $$ >> output; exec sleep 1000' < /dev/null > /dev/null 2>&1 &"

    @Test(arguments: ["", "sleep 0.1", "(\(daemon)) ; sleep 0.1"])
    func `A daemon ends with its command`(more: String) async throws {
        let fixture = try CommandFixture()
        try await fixture.run("\(Self.daemon) until [ -s output ]; do sleep 0.01; done; \(more)")
        let processes = try fixture.processes()
        #expect(!processes.isEmpty)
        #expect(processes.filter(isRunning).isEmpty)
    }

    @Test func `A daemon that ignores TERM ends with its command`() async throws {
        let fixture = try CommandFixture(grace: .milliseconds(100))
        try await fixture.run("trap '' TERM; \(Self.daemon) until [ -s output ]; do sleep 0.01; done")
        #expect(try fixture.processes().count == 1)
        #expect(try fixture.processes().filter(isRunning).isEmpty)
    }

    @Test func `A daemon ends with a timeout of its command`() async throws {
        let fixture = try CommandFixture()
        let outcome = try await fixture.run("\(Self.daemon) sleep 1000", timeout: .seconds(1))
        #expect(outcome.end == .timedOut)
        #expect(try fixture.processes().count == 1)
        #expect(try fixture.processes().filter(isRunning).isEmpty)
    }

    @Test func `A daemon and its children end with a cancellation of its command`() async throws {
        let fixture = try CommandFixture()
        let outcome = try await fixture.cancelWhenReady(
            "setsid sh -c 'sleep 1000 & echo $! > output; echo $$ >> output; echo > ready; wait' & sleep 1000"
        )
        #expect(outcome.end == .canceled)
        #expect(try fixture.processes().count == 2)
        #expect(try fixture.processes().filter(isRunning).isEmpty)
    }

    @Test func `Daemons that a signal ended do not stay in the process table`() async throws {
        let fixture = try CommandFixture()
        let daemons = String(repeating: "\(Self.daemon) ", count: 20)
        let outcome = try await fixture.run("\(daemons) sleep 1000", timeout: .seconds(2))
        #expect(outcome.end == .timedOut)
        #expect(try fixture.processes().count == 20)
        #expect(try fixture.processes().filter { ProcessEntry($0) != nil }.isEmpty)
    }

    @Test func `An orphan that exited unseen does not stay in the process table, though no command follows`()
        async throws
    {
        let fixture = try CommandFixture()
        // `sleep` replaces the shell and reads no exit status.
        try await fixture.run("setsid sh -c 'echo $$ >> output' & exec sleep 0.3")
        let orphan = try #require(fixture.processes().first)
        // The system reports nothing.
        while ProcessEntry(orphan) != nil { try await Task.sleep(for: .milliseconds(20)) }
    }

    @Test func `A daemon that was given another mark outlives its command`() async throws {
        let fixture = try CommandFixture()
        let script = "CLUSTERRUNNER_COOKIE=keep \(Self.daemon) until [ -s output ]; do sleep 0.01; done"
        try await fixture.run(script)
        let daemon = try #require(fixture.processes().first)
        #expect(isRunning(daemon))
        kill(daemon, SIGKILL)
    }

    @Test func `A process that hides its mark ends with the command of what it started, though others run`()
        async throws
    {
        let (first, second) = (try CommandFixture(), try CommandFixture())
        try #require(mkfifo(second.path("go"), 0o600) == 0)
        async let other = second.run("read line < go")
        // What keeps a container hides the mark, and what runs in the container has it.
        let keeper = "CLUSTERRUNNER_COOKIE=$MARK sleep 1000 & echo $$ >> output; echo $! >> output; wait"
        let script = "MARK=$CLUSTERRUNNER_COOKIE setsid env -u CLUSTERRUNNER_COOKIE bash -c '\(keeper)'"
        let outcome = try await first.run("(\(script) &); sleep 1000", timeout: .seconds(1))
        #expect(outcome.end == .timedOut)
        #expect(try first.processes().count == 2)
        #expect(try first.processes().filter(isRunning).isEmpty)
        _ = try await first.run("echo > '\(second.path("go"))'")
        #expect(try await other.isSuccess)
    }

    @Test func `A daemon of one command is left alone by another`() async throws {
        let (first, second) = (try CommandFixture(), try CommandFixture())
        let isPipe = mkfifo(first.path("ready"), 0o600) == 0 && mkfifo(first.path("go"), 0o600) == 0
        try #require(isPipe)
        let script = "\(Self.daemon) until [ -s output ]; do sleep 0.01; done; echo > ready; read x < go"
        async let running = first.run(script)
        _ = try await second.run("read x < '\(first.path("ready"))'")
        let daemon = try #require(first.processes().first)
        #expect(isRunning(daemon))
        _ = try await second.run("echo > '\(first.path("go"))'")
        _ = try await running
        #expect(!isRunning(daemon))
    }

    @Test func `Marks of nested programs name the command of each`() {
        let outer = CommandCookie(program: "00000000000000aa", outer: nil)
        let inner = CommandCookie(program: "00000000000000bb", outer: outer.value(7))
        #expect(inner.value(3) == "00000000000000aa-7/00000000000000bb-3")
        #expect(outer.owner(named: inner.value(3)) == .command(7))
        #expect(inner.owner(named: inner.value(3)) == .command(3))
        #expect(inner.owner(named: outer.value(7)) == .stranger)
        #expect(inner.owner(named: "keep") == .stranger)
        let third = CommandCookie(program: "00000000000000cc", outer: inner.value(0))
        #expect(third.value(1) == "\(outer.value(7))/00000000000000cc-1")
    }
}
