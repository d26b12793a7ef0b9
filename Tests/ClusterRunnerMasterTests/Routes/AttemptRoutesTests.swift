import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerTesting
import ClusterRunnerWire
import Foundation
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct AttemptRoutesTests {
    private static let atom = "/v1/build/1/subjob/0/atom/0"

    private func result(_ exitCode: Int, _ output: String) -> AtomResult {
        AtomResult(exitCode: exitCode, seconds: 0.5, console: .inline(Array(output.utf8)))
    }

    /// Runs a body with a master after the only atom of build 1 has failed, and then passed.
    private func withFlakyAtom(_ body: @escaping @Sendable (LiveMaster) async throws -> Void) async throws {
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory) { master in
                let job = LiveMaster.job(atoms: 1, extra: "  retries: 1\n")
                let build = try await master.client.createBuild(try master.project(job))
                let slave = try await PlayedSlave(master)
                let work = try #require(try await slave.join(build: build).first)
                let again = try await slave.report(work, result(3, "first\n")).grants
                #expect(again.first?.atoms.first?.failures == 1)
                _ = try await slave.report(try #require(again.first), result(0, "second\n"))
                try await body(master)
            }
        }
    }

    @Test func `An atom lists all its runs, and which one counts`() async throws {
        try await withFlakyAtom { master in
            let atom = try #require(try await master.web.get(Self.atom).json["atom"]?.object)
            #expect(atom["attempts"] == 2)
            let runs = try #require(atom["runs"]?.array).compactMap(\.object)
            #expect(runs.map { $0["attempt"] } == [1, 2])
            #expect(runs.map { $0["exit_code"] } == [3, 0])
            #expect(runs.map { $0["counts"] } == [.bool(false), .bool(true)])
            #expect(runs.map { $0["slave_id"] } == [1, 1])
            #expect(runs.map { $0["artifacts"] } == ["artifact_0_0/attempt_1", "artifact_0_0"])
        }
    }

    @Test func `The output of an earlier run can be read, and searched`() async throws {
        try await withFlakyAtom { master in
            #expect(try await master.web.get("\(Self.atom)/console").json["content"] == "second\n")
            #expect(try await master.web.get("\(Self.atom)/console?attempt=1").json["content"] == "first\n")
            #expect(try await master.web.get("\(Self.atom)/console?attempt=2").json["content"] == "second\n")
            let found = try await master.web.get("\(Self.atom)/console/search?text=first&attempt=1").json["lines"]
            #expect(found?.array?.count == 1)
            let missing = try await master.web.get("\(Self.atom)/console?attempt=3")
            #expect(missing.status == 404)
            #expect(missing.error == "Atom 0 of subjob 0 has no attempt 3; the last one is 2.")
        }
    }

    @Test func `The page of an atom lists its runs, each with a link to its output`() async throws {
        try await withFlakyAtom { master in
            let path = "/dashboard/builds/1/subjobs/0/atoms/0"
            let page = try await master.web.get(path).text
            #expect(page.contains("Runs of this atom") && page.contains("second") && !page.contains(">first<"))
            #expect(page.contains("href=\"\(path)?attempt=1\""))
            let earlier = try await master.web.get("\(path)?attempt=1").text
            #expect(earlier.contains("first") && !earlier.contains("data-follow"))
        }
    }
}
