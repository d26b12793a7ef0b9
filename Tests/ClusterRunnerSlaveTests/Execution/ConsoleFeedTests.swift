import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerTesting
import ClusterRunnerWire
import Foundation
import Testing

@testable import ClusterRunnerSlave

@Suite(.timeLimit(.minutes(10))) struct ConsoleFeedTests {
    private let clock = StepClock()
    private let running = RunningAtoms()
    private let claim = LeasedAtom(lease: 1, subjob: 2, atom: 3)

    /// Runs a feed of an atom that began at an uptime, with these lengths as the master's answers.
    private func withFeed(
        since begin: Duration = .zero,
        limit: Int? = nil,
        lengths: [Int],
        _ body: @escaping @Sendable (PlayedMaster, _ path: String, Timekeeper) async throws -> Void
    ) async throws {
        try await withScratchDirectory { directory in
            let master = try PlayedMaster()
            let folders = SlaveFolders(base: directory)
            try folders.create(folders.build(1))
            running.begin(claim, executor: 1, at: begin)
            for length in lengths { await master.prepare("console", .success(Array("{\"length\": \(length)}".utf8))) }
            try await master.run { connection in
                let timekeeper = Timekeeper(clock: clock) { 0 }
                let feed = ConsoleFeed(
                    build: 1,
                    running: running,
                    folders: folders,
                    parts: master.parts(connection, timekeeper),
                    cap: OutputCap(limit: limit, executors: 2)
                ) { 5 }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { await feed.run(logger: .silent) }
                    try await body(master, folders.console(of: 1, executor: 1), timekeeper)
                    group.cancelAll()
                }
            }
        }
    }

    private func write(_ text: String, to path: String) throws {
        try text.write(toFile: path, atomically: false, encoding: .utf8)
    }

    private func report(_ text: String, at offset: Int) -> ConsoleReport {
        ConsoleReport(build: 1, claim: claim, offset: offset, bytes: Data(text.utf8))
    }

    @Test func `Only what an atom has newly written is sent, at most twice a second`() async throws {
        try await withFeed(lengths: [3, 6]) { [clock] master, path, timekeeper in
            try write("one", to: path)
            for _ in 1...2 { await clock.step() }
            #expect(try await master.next("console").decode(ConsoleReport.self) == report("one", at: 0))
            #expect(timekeeper.now.uptime == .milliseconds(500))
            await clock.somebodySleeps()
            try write("onetwo", to: path)
            for _ in 1...2 { await clock.step() }
            #expect(try await master.next("console").decode(ConsoleReport.self) == report("two", at: 3))
            #expect(timekeeper.now.uptime == .milliseconds(1000))
        }
    }

    @Test(arguments: [0, 1, 249, 250]) func `The first byte is on its way within 750 ms`(begin: Int) async throws {
        try await withFeed(since: .milliseconds(begin), lengths: [3]) { [clock] master, path, timekeeper in
            try write("one", to: path)
            let steps = begin == 0 ? 2 : 3
            for _ in 1...steps { await clock.step() }
            _ = try await master.next("console")
            #expect(timekeeper.now.uptime - .milliseconds(begin) <= .milliseconds(750))
        }
    }

    @Test func `An atom that has ended before it ran for half a second costs no request`() async throws {
        try await withFeed(lengths: []) { [clock, running, claim] master, path, _ in
            try write("short", to: path)
            await clock.step()
            await clock.somebodySleeps()
            let next = LeasedAtom(lease: 2, subjob: 2, atom: 4)
            running.begin(next, executor: 1, at: .milliseconds(400))
            await clock.step()
            await clock.somebodySleeps()
            // The master's first report is about an atom that ran for longer.
            try write("of a longer run", to: path)
            running.begin(claim, executor: 1, at: .zero)
            await clock.step()
            #expect(try await master.next("console").decode(ConsoleReport.self) == report("of a longer run", at: 0))
        }
    }

    @Test func `Much output goes in several reports, and none of it beyond what is kept for certain`() async throws {
        let (piece, head) = (256 << 10, 640 << 10)
        try await withFeed(limit: 2 * head, lengths: [piece, 2 * piece, head]) { [clock] master, path, _ in
            try write(String(repeating: "x", count: 2 * head), to: path)
            for _ in 1...2 { await clock.step() }
            var sizes: [Int] = []
            for _ in 1...3 { sizes.append(try await master.next("console").decode(ConsoleReport.self).bytes.count) }
            #expect(sizes == [piece, piece, head - 2 * piece])
        }
    }
}
