import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerTesting
import ClusterRunnerWire
import Foundation
import Testing

@testable import ClusterRunnerSlave

@Suite(.timeLimit(.minutes(10))) struct CommandFeedTests {
    private func withFeed(
        limit: Int? = nil,
        _ body: @escaping @Sendable (PlayedMaster, CommandFeed) async throws -> Void
    ) async throws {
        try await withScratchDirectory { directory in
            let master = try PlayedMaster()
            try await master.run { connection in
                let timekeeper = Timekeeper.system()
                let feed = CommandFeed(
                    build: 1,
                    kind: .teardown,
                    command: "clean",
                    path: "\(directory)/output",
                    begin: timekeeper.now.uptime,
                    client: SlaveClient(connection),
                    timekeeper: timekeeper,
                    cap: OutputCap(limit: limit, executors: 1),
                    slave: { 5 },
                    logger: .silent
                )
                try await body(master, feed)
            }
        }
    }

    @Test func `A command that prints nothing is named, and its output follows to the end`() async throws {
        try await withFeed { (master, feed) async throws in
            try await feed.run {
                let first = try await master.next("command").decode(CommandReport.self)
                #expect(first.kind == .teardown && first.command == "clean" && first.offset == 0 && first.bytes.isEmpty)
                #expect(first.age >= 0.5)
                try Data("one ".utf8).write(to: URL(fileURLWithPath: feed.path))
                let second = try await master.next("command").decode(CommandReport.self)
                #expect(second.offset == 0 && second.bytes == Data("one ".utf8))
                try Data("one two".utf8).write(to: URL(fileURLWithPath: feed.path))
            }
            let last = try await master.next("command").decode(CommandReport.self)
            #expect(last.offset == 4 && last.bytes == Data("two".utf8))
        }
    }

    @Test func `A named pipe in the place of the output is not waited for`() async throws {
        try await withFeed { (master, feed) async throws in
            try await feed.run {
                let isPipe = mkfifo(feed.path, 0o600) == 0
                try #require(isPipe)
                #expect(try await master.next("command").decode(CommandReport.self).bytes.isEmpty)
            }
        }
    }

    @Test func `A command that ends at once costs no request, and its failure is passed on`() async throws {
        try await withFeed { (master, feed) async throws in
            await #expect(throws: ClusterRunnerError.self) {
                try await feed.run { throw ClusterRunnerError(.failed, "It cannot run.") }
            }
            let answer = try await feed.client.report(
                CommandReport(build: 9, kind: .setup, command: "", age: 0, offset: 0, bytes: Data()),
                slave: 5
            )
            #expect(answer == 0)
            #expect(try await master.next("command").decode(CommandReport.self).build == 9)
        }
    }

    /// The reports that the master got and nobody has looked at.
    private func received(_ master: PlayedMaster, _ feed: CommandFeed) async throws -> [CommandReport] {
        let mark = CommandReport(build: 9, kind: .setup, command: "", age: 0, offset: 0, bytes: Data())
        _ = try await feed.client.report(mark, slave: 5)
        var reports: [CommandReport] = []
        while let report = try? await master.next("command").decode(CommandReport.self), report.build != 9 {
            reports.append(report)
        }
        return reports
    }

    @Test func `Of an output beyond the limit the beginning is sent, in pieces`() async throws {
        try await withFeed(limit: 400_000) { (master, feed) async throws in
            try Data(repeating: 120, count: 1_000_000).write(to: URL(fileURLWithPath: feed.path))
            try await feed.run { _ = try await master.next("command") }
            let rest = try await received(master, feed)
            #expect(rest.map(\.offset) == [64 << 10, 128 << 10, 192 << 10])
            #expect(rest.map(\.bytes.count) == [64 << 10, 64 << 10, 200_000 - (192 << 10)])
        }
    }

    @Test func `The end of a command does not wait until much output is sent`() async throws {
        try await withFeed { (master, feed) async throws in
            try Data(repeating: 120, count: 128 << 16).write(to: URL(fileURLWithPath: feed.path))
            try await feed.run { _ = try await master.next("command") }
            // Two times sixteen, more only where this test gets no processor.
            #expect(try await received(master, feed).count < 127)
        }
    }
}
