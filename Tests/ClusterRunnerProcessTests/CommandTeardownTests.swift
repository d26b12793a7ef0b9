import ClusterRunnerPlugin
import Foundation
import Logging
import Testing

@testable import ClusterRunnerProcess

@Suite(.timeLimit(.minutes(10))) struct CommandTeardownTests {
    @Test func `A background process is gone when the shell has ended`() async throws {
        let fixture = try CommandFixture()
        #expect(try await fixture.run("sleep 1000 & echo $!").end == .exited(0))
        let left = try #require(fixture.processes().first)
        #expect(!isRunning(left))
    }

    @Test func `A background process that ignores TERM is gone when the shell has ended`() async throws {
        let fixture = try CommandFixture(grace: .milliseconds(100))
        try await fixture.run("(trap '' TERM HUP; exec sleep 1000) & echo $!")
        let left = try #require(fixture.processes().first)
        #expect(!isRunning(left))
    }

    @Test func `Process groups of the same session are gone when the shell has ended`() async throws {
        let fixture = try CommandFixture()
        // Job control gives each background job a group of its own, as `timeout` does.
        try await fixture.run("set -m; for i in 1 2 3; do sleep 1000 > /dev/null 2>&1 & echo $!; done")
        let left = try fixture.processes()
        #expect(left.count == 3)
        #expect(left.filter(isRunning).isEmpty)
    }

    @Test func `Orphans that go on starting others are gone when the shell has ended`() async throws {
        let fixture = try CommandFixture()
        try await fixture.run("set -m; (while :; do sleep 0.001; done) & echo $!")
        let left = try #require(fixture.processes().first)
        #expect(!isRunning(left))
    }

    @Test func `A background process that is already gone does not matter`() async throws {
        #expect(try await CommandFixture().run("(exit 3) & wait $!").end == .exited(3))
    }

    @Test func `A timeout kills the tree and keeps the output so far`() async throws {
        let fixture = try CommandFixture()
        let outcome = try await fixture.run(
            "sleep 1000 & echo $!; set -m; sleep 1000 & echo $!; (sleep 1000; :) & echo $!; echo $$; wait",
            timeout: .seconds(1)
        )
        #expect(outcome.end == .timedOut)
        #expect(outcome.exitCode == 128 + SIGTERM)
        #expect(outcome.elapsed >= .seconds(1))
        let processes = try fixture.processes()
        #expect(processes.count == 4)
        #expect(processes.filter(isRunning).isEmpty)
    }

    @Test func `A timeout that is not reached changes nothing`() async throws {
        #expect(try await CommandFixture().run("exit 4", timeout: .seconds(Int64.max)).end == .exited(4))
    }

    @Test(arguments: [Duration.zero, .seconds(-5)])
    func `A timeout of no time ends the command at once`(timeout: Duration) async throws {
        #expect(try await CommandFixture().run("sleep 1000", timeout: timeout).end == .timedOut)
    }

    @Test func `Cancellation kills the tree`() async throws {
        let fixture = try CommandFixture()
        let outcome = try await fixture.cancelWhenReady("sleep 1000 & echo $!; echo $$; echo > ready; sleep 1000")
        #expect(outcome.end == .canceled)
        #expect(outcome.exitCode == 128 + SIGTERM)
        let processes = try fixture.processes()
        #expect(processes.count == 2)
        #expect(processes.filter(isRunning).isEmpty)
    }

    @Test func `A shell that exits on TERM was canceled all the same`() async throws {
        let fixture = try CommandFixture()
        let outcome = try await fixture.cancelWhenReady(
            "exec 2> /dev/null; trap 'echo cleaned; exit 0' TERM; echo > ready; while :; do sleep 0.01; done"
        )
        #expect(outcome.end == .canceled)
        #expect(try fixture.text() == "cleaned\n")
    }

    @Test func `A command that ignores TERM gets KILL after the grace time`() async throws {
        let fixture = try CommandFixture(grace: .milliseconds(100))
        let outcome = try await fixture.cancelWhenReady(
            "trap '' TERM; sleep 1000 & echo $!; set -m; sleep 1000 & echo $!; echo $$; echo > ready; wait"
        )
        #expect(outcome.end == .canceled)
        #expect(outcome.elapsed >= .milliseconds(100))
        let processes = try fixture.processes()
        #expect(processes.count == 3)
        #expect(processes.filter(isRunning).isEmpty)
    }

    @Test func `Grandchildren that outlive the shell get KILL after the grace time`() async throws {
        let fixture = try CommandFixture(grace: .milliseconds(100))
        let outcome = try await fixture.cancelWhenReady(
            "(trap '' TERM; echo > ready; exec sleep 1000) & echo $!; wait"
        )
        #expect(outcome.end == .canceled)
        let left = try #require(fixture.processes().first)
        #expect(!isRunning(left))
    }

    @Test func `Grandchildren have the grace time for their clean-up when the shell goes first`() async throws {
        let fixture = try CommandFixture()
        let outcome = try await fixture.cancelWhenReady(
            """
            (trap 'sleep 0.2; echo cleaned; exit' TERM; echo > ready; while :; do sleep 0.01; done) 2> /dev/null &
            wait
            """
        )
        #expect(outcome.end == .canceled)
        #expect(try fixture.text() == "cleaned\n")
    }

    @Test func `Groups of their own get TERM first, and once`() async throws {
        let fixture = try CommandFixture()
        let outcome = try await fixture.cancelWhenReady(
            """
            set -m
            (trap 'echo TERM; got=1' TERM; echo > ready; until [ $got ]; do sleep 0.01; done; sleep 0.1) 2> /dev/null &
            wait
            """
        )
        #expect(outcome.end == .canceled)
        #expect(try fixture.text() == "TERM\n")
    }

    @Test func `A task that was canceled before starts nothing`() async throws {
        let fixture = try CommandFixture()
        let outcome = try await Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await fixture.run("echo started")
        }.value
        #expect(outcome == CommandOutcome(end: .canceled, exitCode: 128 + SIGTERM, elapsed: .zero))
        #expect(!FileManager.default.fileExists(atPath: fixture.path("output")))
    }

    @Test func `Cancellation before the command is watched ends it all the same`() async throws {
        let fixture = try CommandFixture(logger: Logger(label: "test") { _ in CancelingHandler() })
        let outcome = try await Task { try await fixture.run("sleep 1000") }.value
        #expect(outcome.end == .canceled)
    }

    @Test func `Cancellation at any moment of the start ends the command`() async throws {
        let fixture = try CommandFixture()
        for number in 0..<50 {
            let command = Task { try await fixture.runner.run(fixture.command("sleep 1000")) }
            for _ in 0..<number { await Task.yield() }
            command.cancel()
            #expect(try await command.value.end == .canceled)
        }
    }
}

/// A log handler that cancels the task of a command at the moment when its start is logged.
private struct CancelingHandler: LogHandler {
    var logLevel = Logger.Level.trace
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        guard event.message == "Started a command." else { return }
        withUnsafeCurrentTask { $0?.cancel() }
    }
}
