import ClusterRunnerAPI
import ClusterRunnerClient
import ClusterRunnerCore
import ClusterRunnerTesting
import Foundation
import Testing

@testable import ClusterRunnerSlave

@Suite(.timeLimit(.minutes(1))) struct ConsoleFeedTests {
    @Test func `Only what a running atom has newly written is sent, once it has run for a second`() async throws {
        try await withScratchDirectory { directory in
            let master = try PlayedMaster()
            let clock = StepClock()
            let board = ExecutorBoard(executors: 2)
            let folders = SlaveFolders(base: directory)
            try folders.create(folders.build(1))
            let path = folders.console(of: 1, executor: 1)
            try "one".write(toFile: path, atomically: false, encoding: .utf8)
            let claim = AtomClaim(lease: 1, subjob: 2, atom: 3)
            board.set(.init(build: 1, claim: claim), executor: 1)
            for length in [3, 6] { await master.prepare("console", .success(Array("{\"length\": \(length)}".utf8))) }
            try await master.run { connection in
                let parts = master.parts(connection, Timekeeper(clock: clock) { 0 })
                let feed = ConsoleFeed(build: 1, board: board, folders: folders, parts: parts) { 5 }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { await feed.run(logger: .silent) }
                    #expect(await clock.step() == .seconds(1))
                    await clock.step()
                    let first = try await master.next("console").decode(ConsoleReport.self)
                    #expect(first == ConsoleReport(build: 1, claim: claim, offset: 0, bytes: Data("one".utf8)))
                    try "onetwo".write(toFile: path, atomically: false, encoding: .utf8)
                    await clock.step()
                    let second = try await master.next("console").decode(ConsoleReport.self)
                    #expect(second == ConsoleReport(build: 1, claim: claim, offset: 3, bytes: Data("two".utf8)))
                    group.cancelAll()
                }
            }
        }
    }
}
