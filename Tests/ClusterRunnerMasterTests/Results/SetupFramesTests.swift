import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerTesting
import Foundation
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct SetupFramesTests {
    private let signal = EventSignal()
    private let scene = Scene()

    /// The commands that a reader sees, as a test sets them.
    private final class Scene: Sendable {
        private let look = Lock(SetupFrames.Look(live: [], stored: [], isOver: false))

        var now: SetupFrames.Look {
            get { look.withLock { $0 } }
            set { look.withLock { $0 = newValue } }
        }
    }

    private func frames() -> SetupFrames {
        SetupFrames(wakeups: signal.listen(), timekeeper: Timekeeper(clock: StepClock()) { 0 }) { [scene] in
            scene.now
        }
    }

    private func show(_ live: [RunningCommand], stored: [CommandRecord] = [], isOver: Bool = false) {
        scene.now = .init(live: live, stored: stored, isOver: isOver)
        signal.send()
    }

    /// Returns the events of the next piece, with names and contents.
    private func next(_ frames: inout SetupFrames) async throws -> [String]? {
        guard let bytes = try await frames.next() else { return nil }
        let events = String(decoding: bytes, as: UTF8.self).split(separator: "\n\n").map(String.init)
        return events.map { $0.replacing("event: ", with: "").replacing("\ndata:", with: "") }
    }

    private func command(_ text: String, slave: SlaveID = 1, exitCode: Int? = nil) -> RunningCommand {
        var command = RunningCommand(
            kind: .setup,
            command: "make",
            slaveID: slave,
            slaveURL: "s:\(slave)",
            startedAt: 5
        )
        _ = command.take(Array(text.utf8), at: 0)
        command.hasEnded = exitCode != nil
        command.exitCode = exitCode
        return command
    }

    private func record(_ output: String, slave: SlaveID = 1, exitCode: Int = 0) -> CommandRecord {
        let run = CommandRun(kind: .setup, command: "make", exitCode: exitCode, output: output, seconds: 2)
        return CommandRecord(run: run, slaveID: slave, slaveURL: "s:\(slave)", startedAt: 5)
    }

    private let begin = #"begin {"command":"make","kind":"setup","slave_id":1,"slave_url":"s:1","started_at":5}"#

    private func output(_ offset: Int, _ text: String) -> String {
        #"output {"kind":"setup","offset":\#(offset),"slave_id":1,"text":"\#(text)"}"#
    }

    @Test func `A command is followed to its last words, and not told again from the store`() async throws {
        var frames = frames()
        show([command("one ")])
        #expect(try await next(&frames) == [begin, output(0, "one ")])
        show([command("one two")])
        #expect(try await next(&frames) == [output(4, "two")])
        // The result is stored a moment before the command is known to have ended.
        show([command("one two")], stored: [record("one two three")])
        show([command("one two three", exitCode: 3)], stored: [record("one two three", exitCode: 3)])
        let end = #"end {"exit_code":3,"kind":"setup","seconds":null,"slave_id":1}"#
        #expect(try await next(&frames) == [output(7, " three"), end])
        show([], stored: [record("one two three", exitCode: 3)], isOver: true)
        #expect(try await next(&frames) == ["over {}"])
        #expect(try await next(&frames) == nil)
    }

    @Test func `A reader who comes later gets what is stored, whole`() async throws {
        var frames = frames()
        show([command("one", exitCode: 0)], stored: [record("one")], isOver: true)
        let end = #"end {"exit_code":0,"kind":"setup","seconds":2,"slave_id":1}"#
        #expect(try await next(&frames) == [begin, output(0, "one"), end, "over {}"])
    }

    @Test func `Output that came too fast leaves a gap and no doubled bytes`() async throws {
        var frames = frames()
        show([command("one")])
        _ = try await next(&frames)
        var fast = command("one")
        _ = fast.take([UInt8](repeating: UInt8(ascii: "x"), count: CommandRun.outputLimit + 10), at: 3)
        show([fast])
        let events = try await next(&frames)
        #expect(events?.count == 1)
        #expect(events?.first?.hasPrefix(#"output {"kind":"setup","offset":13,"#) == true)
    }

    @Test func `A command whose slave is gone ends with the next of its place, or with the build`() async throws {
        var frames = frames()
        show([command("one")])
        _ = try await next(&frames)
        show([], stored: [record("one", exitCode: 9)], isOver: true)
        let end = #"end {"exit_code":9,"kind":"setup","seconds":2,"slave_id":1}"#
        #expect(try await next(&frames) == [end, "over {}"])
    }
}
