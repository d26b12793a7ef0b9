import ClusterRunnerPlugin
import Foundation
import Logging
import Testing

@testable import ClusterRunnerProcess

/// Commands left over by a program that was killed.
@Suite(.timeLimit(.minutes(10))) struct LeftoversTests {
    private static let patience = CommandLifecycle.Patience(drain: .zero, grace: .milliseconds(200))

    /// Starts possible commands of a program that is gone; returns the processes, the last of which has no mark.
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

    private func makeRunner() -> ProcessCommandRunner {
        ProcessCommandRunner(
            shell: .find(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            patience: Self.patience
        )
    }

    @Test func `The next process ends what a killed one left, and nothing else`() async throws {
        let (mine, other) = (try CommandFixture(), try CommandFixture())
        let (left, foreign) = (
            try await start("00000000000000a1", in: mine), try await start("00000000000000b2", in: other)
        )
        #expect(left.count == 3)
        #expect(left.allSatisfy(isRunning))
        try ProgramRecord(directory: mine.folder).write("00000000000000a1")
        await makeRunner().takeOver(mine.folder)
        #expect(left.filter(isRunning).isEmpty)
        #expect(foreign.count == 3)
        #expect(foreign.allSatisfy(isRunning))
        #expect(ProgramRecord(directory: mine.folder).earlierProgram == ProcessFamily.ofThisProcess.cookie.program)
        for pid in foreign { kill(pid, SIGKILL) }
    }

    /// Starts a process that writes to a file and is not a command of this program.
    private func startWriter(to path: String, variable: String? = nil) throws -> pid_t {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, path, O_WRONLY | O_CREAT, 0o600)
        var pid = pid_t()
        let failure = CStrings.withPointers(to: CStrings(["sleep", "1000"]), CStrings([variable].compactMap { $0 })) {
            posix_spawn(&pid, "/bin/sleep", &actions, nil, $0, $1)
        }
        try #require(failure == 0)
        return pid
    }

    @Test func `What hides its mark and writes to an output of a command was left by it`() async throws {
        let fixture = try CommandFixture()
        let output = fixture.path("builds/1/console-0")
        let left = try startWriter(to: output)
        let meant = try startWriter(to: output, variable: "CLUSTERRUNNER_COOKIE=keep")
        let foreign = try startWriter(to: fixture.path("log"))
        try ProgramRecord(directory: fixture.folder).write("00000000000000c3")
        await makeRunner().takeOver(fixture.folder)
        #expect([left, meant, foreign].map(isRunning) == [false, true, true])
        for pid in [left, meant, foreign] {
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
        }
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
