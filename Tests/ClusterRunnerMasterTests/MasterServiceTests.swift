import ClusterRunnerAPI
import ClusterRunnerClient
import ClusterRunnerCore
import ClusterRunnerTesting
import Foundation
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(2))) struct MasterServiceTests {
    @Test func `After a restart unfinished builds are in error, ids and leases go on, results stay`() async throws {
        try await withScratchDirectory { directory in
            let lease = try await LiveMaster.run(in: directory) { master in
                let first = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 1)))
                let slave = try await PlayedSlave(master)
                _ = try await slave.report(try #require(try await slave.join(build: first).first))
                #expect(try await slave.next() == .tearDown(build: first))
                try await master.slaves.report(TeardownReport(build: first), slave: slave.id)
                let second = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 2)))
                return try #require(try await slave.join(build: second).first?.lease)
            }
            try await LiveMaster.run(in: directory) { master in
                #expect(try await master.client.build(1).result == .noFailures)
                let status = try await master.client.build(2)
                #expect(status.state == .error)
                #expect(
                    status.errorMessage
                        == "The master was restarted while build 2 was not finished. Start it again."
                )
                let events = try await master.web.get("/v1/eventlog").json["events"]?.array ?? []
                #expect(events.count { $0.object?["__tag__"] == "SERVICE_STARTED" } == 2)
                let third = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 1)))
                #expect(third == 3)
                let slave = try await PlayedSlave(master)
                #expect(slave.id == 2)
                #expect(try #require(try await slave.join(build: third).first).lease > lease)
            }
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
                $0.eventLogPath = path
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
