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
}
