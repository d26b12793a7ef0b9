import ClusterRunnerPlugin
import Foundation
import Testing

@testable import ClusterRunnerProcess

@Suite(.timeLimit(.minutes(10))) struct CommandDrainTests {
    @Test func `A process substitution finishes its file after the shell has ended`() async throws {
        let fixture = try CommandFixture(drain: .seconds(60))
        let outcome = try await fixture.run(
            "printf '1\\n2\\n3\\n' | tee >(while read -r x; do echo $x; sleep .05; done > report) > /dev/null"
        )
        #expect(outcome.isSuccess)
        #expect(try fixture.text("report") == "1\n2\n3\n")
        #expect(try fixture.text() == "")
    }

    @Test func `The time of a command is that of its shell, and later output belongs to it`() async throws {
        let fixture = try CommandFixture(drain: .seconds(60))
        let outcome = try await fixture.run("(sleep 0.5; echo late) & exit 3")
        #expect(outcome.end == .exited(3))
        #expect(outcome.elapsed < .milliseconds(500))
        #expect(try fixture.text() == "late\n")
    }

    @Test func `What had to be ended is named at the end of the output`() async throws {
        let fixture = try CommandFixture()
        try await fixture.run("printf partial; sleep 1000 > left & echo $! > pid")
        let pid = try fixture.text("pid").trimmingCharacters(in: .newlines)
        #expect(
            try fixture.text() == """
                partial
                [ClusterRunner: 1 process still ran 0.1 s after the command had ended, and was ended: sleep (\(pid)).]

                """
        )
    }

    @Test func `What a canceled command had to have ended is not named`() async throws {
        let fixture = try CommandFixture()
        _ = try await fixture.cancelWhenReady("sleep 1000 & echo > ready; sleep 1000")
        #expect(try fixture.text() == "")
    }

    @Test func `Two hundred background processes are ended`() async throws {
        let fixture = try CommandFixture()
        try await fixture.run("for i in {1..200}; do sleep 1000 & echo $!; done")
        let text = try fixture.text()
        #expect(try fixture.processes().filter(isRunning).isEmpty)
        #expect(text.contains("[ClusterRunner: 200 processes still ran 0.1 s after the command had ended"))
        #expect(text.hasSuffix(", 180 more.]\n"))
    }
}
