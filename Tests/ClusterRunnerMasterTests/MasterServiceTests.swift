import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerProcess
import ClusterRunnerTesting
import ClusterRunnerWire
import Foundation
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct MasterServiceTests {
    @Test func `After a restart unfinished builds go on, ids and leases too, and results stay`() async throws {
        try await withScratchDirectory { directory in
            let old = try await LiveMaster.run(in: directory) { master in
                let first = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 1)))
                let slave = try await PlayedSlave(master)
                _ = try await slave.report(try #require(try await slave.join(build: first).first))
                #expect(try await slave.next() == .tearDown(build: first))
                try await master.slaves.report(TeardownReport(build: first), slave: slave.id)
                let second = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 2)))
                let work = try await slave.join(build: second)
                let answer = try await slave.report(try #require(work.first))
                return try #require((work.dropFirst() + answer.grants).first)
            }
            try await LiveMaster.run(in: directory) { master in
                #expect(try await master.client.build(1).result == .noFailures)
                #expect(try await master.client.build(2).state == .building)
                let events = try await master.web.get("/v1/eventlog").json["events"]?.array ?? []
                #expect(events.count { $0.object?["__tag__"] == "SERVICE_STARTED" } == 2)
                let third = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 1)))
                #expect(third == 3)
                // The slave that held the rest of the second build returns with it, under a new number.
                let hold = HeldBuild(build: 2, isSetUp: true, executors: 1, firstExecutorIndex: 0, leases: [old.lease])
                let token = try LiveMaster.token(of: "s1", in: directory)
                let slave = try await PlayedSlave(master, hold: hold, token: token)
                #expect(slave.id == 2)
                guard case .setUp = try await slave.next() else { return }
                #expect(try await slave.work() == [old])
                _ = try await slave.report(old)
                #expect(try await master.client.build(2, wait: .seconds(30)).result == .noFailures)
                #expect(try await slave.next() == .tearDown(build: 2))
                try await master.slaves.report(TeardownReport(build: 2), slave: slave.id)
                #expect(try #require(try await slave.join(build: third).first).lease > old.lease)
            }
        }
    }

    @Test func `Before it listens, a master ends the commands of one that was killed`() async throws {
        try await withScratchDirectory { directory in
            let left = try await LeftCommand(in: "\(directory)/master", with: ProcessCommandRunner(logger: .silent))
            #expect(left.isRunning)
            try await LiveMaster.run(in: directory) { _ in #expect(!left.isRunning) }
            left.end()
        }
    }

    @Test func `A master whose database was lost beside its results does not begin anew`() async throws {
        try await withScratchDirectory { directory in
            let results = "\(directory)/master/results/7"
            try FileManager.default.createDirectory(atPath: results, withIntermediateDirectories: true)
            let error = await #expect(throws: (any Error).self) { try await LiveMaster.run(in: directory) { _ in } }
            #expect(
                (error as? ClusterRunnerError)?.message == """
                    \(directory)/master/results holds results of build 7, but the database in \(directory)/master knows no \
                    builds: it was lost, or replaced by an older one. Put the right database back, or move \
                    \(directory)/master/results and \(directory)/master/consoles away to go on from build 1.
                    """
            )
            #expect(FileManager.default.fileExists(atPath: results))
        }
    }

    @Test(arguments: ["missing", "empty", "there", "new"])
    func `A database that is missing or empty beside results was lost, also when no build left files`(
        _ database: String
    ) async throws {
        try await withScratchDirectory { directory in
            let path = "\(directory)/clusterrunner.db"
            let files = FileManager.default
            if database != "new" {
                try files.createDirectory(atPath: "\(directory)/results", withIntermediateDirectories: true)
            }
            if database != "missing" { try Data(database == "there" ? [1] : []).write(to: URL(filePath: path)) }
            guard ["missing", "empty"].contains(database) else { return try LostDatabase.check(path, in: directory) }
            let error = #expect(throws: ClusterRunnerError.self) { try LostDatabase.check(path, in: directory) }
            #expect(
                error?.message == """
                    \(directory)/results is there, but the database \(path) is missing or empty: it was lost, and builds \
                    would begin at number 1 again. Put the database back, or move \(directory)/results and \
                    \(directory)/consoles away to go on from build 1.
                    """
            )
        }
    }

    @Test func `A build that cannot be prepared is in error with what failed`() async throws {
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory) { master in
                let job = "Unit:\n  commands: [\"true\"]\n  atomizers: [{A: \"echo oops >&2; exit 4\"}]\n"
                let build = try await master.client.createBuild(try master.project(job))
                let status = try await master.client.build(build, wait: .seconds(30))
                #expect(status.state == .error)
                #expect(
                    status.errorMessage
                        == "The atomizer of A failed with exit code 4. Command: echo oops >&2; exit 4\nOutput: oops"
                )
            }
        }
    }

    @Test func `Each event is written to the log file that was asked for`() async throws {
        try await withScratchDirectory { directory in
            let path = "\(directory)/events.log"
            try await LiveMaster.run(in: directory) {
                $0.eventLog = .file(path)
            } _: { master in
                _ = try await PlayedSlave(master)
                while !FileManager.default.fileExists(atPath: path) { await Task.yield() }
                while try !String(contentsOfFile: path, encoding: .utf8).contains("SLAVE_CONNECTED") {
                    await Task.yield()
                }
            }
            let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            #expect(lines.first?.contains("\"__tag__\":\"SERVICE_STARTED\"") == true)
            #expect(lines.count == 2)
        }
    }
}
