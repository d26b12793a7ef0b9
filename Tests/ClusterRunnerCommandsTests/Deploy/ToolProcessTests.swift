import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc
import Testing

@testable import ClusterRunnerCommands

@Suite(.timeLimit(.minutes(10))) struct ToolProcessTests {
    private let late = ClusterRunnerError(.unavailable, "late")

    @Test func `A program gets its input and tells its end and both outputs`() async throws {
        let process = ToolProcess(words: ["sh", "-c", "cat; echo e >&2; exit 3"])
        let end = try await process.run(.text(Array("text".utf8)), within: .seconds(50), orThrow: late)
        #expect(end == ToolProcess.End(code: 3, output: "text", error: "e\n"))
        let killed = try await ToolProcess(words: ["sh", "-c", "kill -9 $$"]).run(within: .seconds(50), orThrow: late)
        #expect(killed.code == 128 + SIGKILL)
    }

    @Test func `A program whose task is canceled is ended, and so is one that is late`() async throws {
        let scratch = try ScratchDirectory()
        let (pipe, lock, late) = ("\(scratch.path)/pipe", "\(scratch.path)/lock", late)
        try #require(mkfifo(pipe, 0o600) == 0)
        let script = "exec 9> \(lock); flock 9; echo begun > \(pipe); exec sleep 1000"
        let task = Task {
            try await ToolProcess(words: ["sh", "-c", script]).run(within: .seconds(50), orThrow: late)
        }
        let begun = try await blocking(within: .seconds(50), orThrow: late) { _ in
            try OpenFile(pipe, O_RDONLY).nextBytes(6)
        }
        #expect(begun == Array("begun\n".utf8))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        let again = "exec 9> \(lock); flock 9; exec sleep 1000"
        let error = await #expect(throws: ClusterRunnerError.self) {
            try await ToolProcess(words: ["sh", "-c", again]).run(within: .milliseconds(200), orThrow: late)
        }
        #expect(error?.message == "late")
        // The lock is free when both have ended.
        try await blocking(within: .seconds(50), orThrow: late) { _ in
            try OpenFile(lock, O_RDWR | O_CREAT).lock(.exclusive)
        }
    }

    @Test func `A missing program is named`() async {
        let error = await #expect(throws: ClusterRunnerError.self) {
            try await ToolProcess(words: ["no-such-program"]).run(within: .seconds(5), orThrow: late)
        }
        #expect(error?.message.hasPrefix("The program no-such-program is not on the PATH.") == true)
    }
}
