import ClusterRunnerAPI
import ClusterRunnerClient
import ClusterRunnerCore
import ClusterRunnerTesting
import Foundation
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(2))) struct ConsoleRoutesTests {
    private static let path = "/v1/build/1/subjob/0/atom/0/console"

    /// Lends a master on which a slave holds the only atom of build 1.
    private func withRunningAtom(
        _ body: @escaping @Sendable (LiveMaster, PlayedSlave, Assignment) async throws -> Void
    ) async throws {
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory) { master in
                let build = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 1)))
                let slave = try await PlayedSlave(master)
                let work = try #require(try await slave.join(build: build).first)
                try await body(master, slave, work)
            }
        }
    }

    private func report(_ text: String, at offset: Int, _ work: Assignment) -> ConsoleReport {
        let claim = AtomClaim(lease: work.lease, subjob: 0, atom: 0)
        return ConsoleReport(build: work.build, claim: claim, offset: offset, bytes: Data(text.utf8))
    }

    @Test func `Lines of an atom are cut out as asked`() async throws {
        try await withRunningAtom { master, slave, work in
            let text = (1...60).map { "line \($0)\n" }.joined()
            _ = try await slave.report(work, AtomResult(exitCode: 0, seconds: 1, console: .inline(Array(text.utf8))))
            let last = try await master.web.get(Self.path).json
            #expect(last["offset_line"] == 10)
            #expect(last["num_lines"] == 50)
            #expect(last["total_num_lines"] == 60)
            #expect(last["content"]?.string?.hasPrefix("line 11\n") == true)
            let first = try await master.web.get("\(Self.path)?offset_line=0&max_lines=2").json
            #expect(first["content"] == "line 1\nline 2\n")
            let bad = try await master.web.get("\(Self.path)?max_lines=0")
            #expect(bad.status == 400)
            #expect(bad.error == "\"max_lines\" must be at least 1 and \"offset_line\" at least 0.")
        }
    }

    @Test func `Output is there while the atom runs, each byte once`() async throws {
        try await withRunningAtom { master, slave, work in
            #expect(try await master.web.get(Self.path).json["total_num_lines"] == 0)
            #expect(try await master.slaves.report(report("one\ntw", at: 0, work), slave: slave.id) == 6)
            // Doubled, and with a gap: the slave is told where to go on.
            #expect(try await master.slaves.report(report("one\ntw", at: 0, work), slave: slave.id) == 6)
            #expect(try await master.slaves.report(report("x", at: 9, work), slave: slave.id) == 6)
            #expect(try await master.slaves.report(report("o\n", at: 6, work), slave: slave.id) == 8)
            let answer = try await master.web.get(Self.path).json
            #expect(answer["content"] == "one\ntwo\n")
            #expect(answer["total_num_lines"] == 2)
            _ = try await slave.report(work, AtomResult(exitCode: 0, seconds: 1, console: .inline(Array("end".utf8))))
            #expect(try await master.web.get(Self.path).json["content"] == "end")
        }
    }

    @Test func `Output of an atom that the slave does not hold is refused`() async throws {
        try await withRunningAtom { master, slave, work in
            let stale = Assignment(lease: work.lease + 5, build: work.build, subjob: 0, atoms: [])
            let error = await #expect(throws: ClusterRunnerError.self) {
                _ = try await master.slaves.report(report("x", at: 0, stale), slave: slave.id)
            }
            #expect(error?.code == .invalidState)
            #expect(error?.message == "Subjob 0 of build 1 is not held under lease \(work.lease + 5) any more.")
        }
    }

    @Test func `What does not exist below a build is named`() async throws {
        try await withRunningAtom { master, _, _ in
            let subjob = try await master.web.get("/v1/build/1/subjob/5")
            #expect(subjob.status == 404)
            #expect(subjob.error == "Invalid subjob id: 5. Build 1 has no such subjob.")
            let atom = try await master.web.get("/v1/build/1/subjob/0/atom/7/console")
            #expect(atom.error == "Invalid atom id: 7. Subjob 0 has no such atom.")
        }
    }

    @Test func `Subjobs and atoms say who runs them`() async throws {
        try await withRunningAtom { master, slave, _ in
            let subjob = try await master.web.get("/v1/build/1/subjob/0").json["subjob"]?.object
            #expect(subjob?["state"] == "IN_PROGRESS")
            #expect(subjob?["slave_id"] == .integer(slave.id))
            #expect(subjob?["command"] == "true")
            let atoms = try await master.web.get("/v2/builds/1/subjobs/0/atoms").json["atoms"]?.array
            #expect(atoms?.first?.object?["state"] == "IN_PROGRESS")
            #expect(atoms?.first?.object?["command_string"] == "export A=\"1\";")
            #expect(try await master.web.get("/v1/build/1/subjob").json["subjobs"]?.array?.count == 1)
        }
    }
}
