import ClusterRunnerDomain
import ClusterRunnerWire
import Testing

@testable import ClusterRunnerCommands

@Suite struct SetupTranscriptTests {
    private let style = TextStyle.choose(isTerminal: false, environment: [:])

    private func begin(_ slave: SlaveID) -> SetupTranscript.Event {
        .begin(
            CommandBeginEvent(kind: .setup, slaveID: slave, slaveURL: "s:\(slave)", command: "true", startedAt: 0)
        )
    }

    private func output(_ slave: SlaveID, _ offset: Int, _ text: String) -> SetupTranscript.Event {
        .output(CommandOutputEvent(kind: .setup, slaveID: slave, offset: offset, text: text))
    }

    private func end(_ slave: SlaveID, _ exitCode: Int) -> SetupTranscript.Event {
        .end(CommandEndEvent(kind: .setup, slaveID: slave, exitCode: exitCode, seconds: nil))
    }

    @Test func `Outputs of several slaves are told apart by headings`() {
        var transcript = SetupTranscript()
        transcript.connectionBegins()
        #expect(transcript.take(begin(1), style) == "setup on s:1\n")
        #expect(transcript.take(output(1, 0, "a\n"), style) == "a\n")
        #expect(transcript.take(begin(2), style) == "setup on s:2\n")
        #expect(transcript.take(output(1, 2, "b\n"), style) == "setup on s:1\nb\n")
        #expect(transcript.take(end(1, 3), style) == "setup on s:1 (exit code 3)\n")
    }

    @Test func `What was printed before a connection broke is not printed again`() {
        var transcript = SetupTranscript()
        transcript.connectionBegins()
        _ = transcript.take(begin(1), style)
        _ = transcript.take(output(1, 0, "abc"), style)
        transcript.connectionBegins()
        #expect(transcript.take(begin(1), style) == nil)
        #expect(transcript.take(output(1, 0, "ab"), style) == nil)
        #expect(transcript.take(output(1, 0, "abcd"), style) == "d")
        #expect(
            transcript.take(output(1, 9, "x"), style)
                == "[5 bytes were printed too fast to be shown here]\nx"
        )
        _ = transcript.take(end(1, 0), style)
        transcript.connectionBegins()
        _ = transcript.take(begin(1), style)
        #expect(transcript.take(end(1, 0), style) == nil)
        // The same slave may set the build up again.
        #expect(transcript.take(begin(1), style) == "setup on s:1\n")
    }
}
