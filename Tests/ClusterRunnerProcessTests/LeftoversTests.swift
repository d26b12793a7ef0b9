import ClusterRunnerCore
import Foundation
import Logging
import Testing

@testable import ClusterRunnerProcess

/// Commands of a program that was killed.
@Suite(.timeLimit(.minutes(1))) struct LeftoversTests {
    private static let patience = CommandLifecycle.Patience(drain: .zero, grace: .milliseconds(200))

    /// Starts what a program that is gone may have started; returns the processes, the last of which has no mark.
    private func start(_ program: String, in fixture: CommandFixture) async throws -> [pid_t] {
        try await fixture.run(
            """
            CLUSTERRUNNER_COOKIE=\(program)-4 setsid bash -c 'echo $$; trap "" TERM; sleep 1000 & echo $!
            env -i sleep 1000 & echo $!; echo > started; wait' &
            until [ -s started ]; do sleep 0.01; done
            """
        )
        return try fixture.processes()
    }

    @Test func `The next process ends what a killed one left, and nothing else`() async throws {
        let (mine, other) = (try CommandFixture(), try CommandFixture())
        let (left, foreign) = (
            try await start("00000000000000a1", in: mine), try await start("00000000000000b2", in: other)
        )
        #expect(left.count == 3)
        #expect(left.allSatisfy(isRunning))
        try ProgramRecord(directory: mine.folder).write("00000000000000a1")
        let runner = ProcessCommandRunner(
            shell: .find(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            patience: Self.patience
        )
        await runner.takeOver(mine.folder)
        #expect(left.filter(isRunning).isEmpty)
        #expect(foreign.count == 3)
        #expect(foreign.allSatisfy(isRunning))
        #expect(ProgramRecord(directory: mine.folder).earlierProgram == ProcessFamily.ofThisProcess.cookie.program)
        for pid in foreign { kill(pid, SIGKILL) }
    }

    @Test func `A directory that was taken over by this process before has nothing left`() async throws {
        let fixture = try CommandFixture()
        await fixture.runner.takeOver(fixture.folder)
        async let running = fixture.run("echo $$ > pid; sleep 0.3")
        await fixture.runner.takeOver(fixture.folder)
        #expect(try await running.end == .exited(0))
    }

    @Test(arguments: ["", "keep", "00000000000000a1/../x", "zzzzzzzzzzzzzzzz"])
    func `A record that names no program names none`(text: String) throws {
        let fixture = try CommandFixture()
        try text.write(toFile: fixture.path("commands"), atomically: false, encoding: .utf8)
        #expect(ProgramRecord(directory: fixture.folder).earlierProgram == nil)
    }
}
