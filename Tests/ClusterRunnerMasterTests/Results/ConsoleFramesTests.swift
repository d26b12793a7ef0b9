import ClusterRunnerConcurrency
import ClusterRunnerTesting
import Foundation
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct ConsoleFramesTests {
    private let signal = EventSignal()

    /// The atom that a reader sees, as a test sets it.
    private final class Scene: Sendable {
        private let look = Lock(ConsoleFrames.Look(output: nil, isOver: false, exitCode: nil))

        var now: ConsoleFrames.Look { look.withLock { $0 } }

        func show(_ output: ConsoleOutput?, isOver: Bool = false, exitCode: Int? = nil) {
            look.withLock { $0 = .init(output: output, isOver: isOver, exitCode: exitCode) }
        }
    }

    private let scene = Scene()

    private func frames(from offset: Int = 0, _ clock: StepClock = StepClock()) -> ConsoleFrames {
        ConsoleFrames(from: offset, wakeups: signal.listen(), timekeeper: Timekeeper(clock: clock) { 0 }) {
            [scene] in scene.now
        }
    }

    private func output(_ text: String, _ offset: Int) -> String {
        "id: \(offset + text.utf8.count)\nevent: output\ndata: {\"offset\":\(offset),\"text\":\"\(text)\"}\n\n"
    }

    private func next(_ frames: inout ConsoleFrames) async throws -> String? {
        try await frames.next().map { String(decoding: $0, as: UTF8.self) }
    }

    private func file(_ path: String, isWhole: Bool = false) -> ConsoleOutput {
        .file(path: path, index: "\(path).index", isWhole: isWhole)
    }

    @Test func `Output is sent as it comes, from a file and then from the result, each byte once`() async throws {
        try await withScratchDirectory { directory in
            let path = "\(directory)/1"
            var frames = frames()
            try Data("one ".utf8).write(to: URL(fileURLWithPath: path))
            scene.show(file(path))
            #expect(try await next(&frames) == output("one ", 0))
            try Data("one two".utf8).write(to: URL(fileURLWithPath: path))
            signal.send()
            #expect(try await next(&frames) == output("two", 4))
            scene.show(.bytes(Array("one two three".utf8)), isOver: true, exitCode: 3)
            signal.send()
            #expect(try await next(&frames) == output(" three", 7))
            #expect(try await next(&frames) == "event: end\ndata: {\"exit_code\":3}\n\n")
            #expect(try await next(&frames) == nil)
        }
    }

    @Test func `A reader that comes back goes on where it was`() async throws {
        scene.show(.bytes(Array("0123456789".utf8)), isOver: true, exitCode: 0)
        var later = frames(from: 6)
        #expect(try await next(&later) == output("6789", 6))
        var all = frames(from: 10)
        #expect(try await next(&all) == "event: end\ndata: {\"exit_code\":0}\n\n")
    }

    @Test func `The output of another run is sent from its beginning`() async throws {
        try await withScratchDirectory { directory in
            try Data("the first run".utf8).write(to: URL(fileURLWithPath: "\(directory)/1"))
            try Data("the second run, longer".utf8).write(to: URL(fileURLWithPath: "\(directory)/2"))
            var frames = frames()
            scene.show(file("\(directory)/1"))
            #expect(try await next(&frames) == output("the first run", 0))
            scene.show(file("\(directory)/2"))
            signal.send()
            #expect(try await next(&frames) == output("the second run, longer", 0))
            scene.show(.bytes(Array("short".utf8)), isOver: true, exitCode: 1)
            signal.send()
            #expect(try await next(&frames) == output("short", 0))
        }
    }

    @Test func `A character is never cut in two, and bytes that are none are replaced at the end`() async throws {
        try await withScratchDirectory { directory in
            let path = "\(directory)/1"
            let bytes = Array("aé🧪".utf8)
            var frames = frames()
            try Data(bytes[..<2]).write(to: URL(fileURLWithPath: path))
            scene.show(file(path))
            #expect(try await next(&frames) == output("a", 0))
            try Data(bytes[..<6]).write(to: URL(fileURLWithPath: path))
            signal.send()
            #expect(try await next(&frames) == output("é", 1))
            scene.show(.bytes(Array(bytes[..<6])), isOver: true)
            signal.send()
            #expect(try await next(&frames)?.contains("\"offset\":3,\"text\":\"\u{FFFD}\"") == true)
            #expect(try await next(&frames) == "event: end\ndata: {\"exit_code\":null}\n\n")
        }
    }

    @Test func `Much output comes in pieces`() async throws {
        scene.show(.bytes([UInt8](repeating: 120, count: 2 * ConsoleFrames.pieceSize + 5)), isOver: true, exitCode: 0)
        var frames = frames()
        var sizes: [Int] = []
        while let piece = try await frames.next() { sizes.append(piece.count { $0 == 120 }) }
        // The x of "text" and of "exit_code" counts as well.
        #expect(sizes == [ConsoleFrames.pieceSize + 1, ConsoleFrames.pieceSize + 1, 6, 1])
    }

    @Test func `A silent atom costs a comment every fifteen seconds`() async throws {
        let clock = StepClock()
        var frames = frames(clock)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [signal] in
                for _ in 1...15 { try await clock.sleep(until: clock.now.advanced(by: .seconds(1)), tolerance: nil) }
                signal.send()
            }
            group.addTask { for _ in 1...15 { await clock.step() } }
            #expect(try await next(&frames) == ": keep-alive\n\n")
            try await group.waitForAll()
        }
    }
}
