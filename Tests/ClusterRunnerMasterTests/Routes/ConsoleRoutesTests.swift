import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerTesting
import ClusterRunnerWire
import Foundation
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct ConsoleRoutesTests {
    private static let path = "/v1/build/1/subjob/0/atom/0/console"

    /// Runs a body with a master on which a slave holds the only atom of build 1.
    private func withRunningAtom(
        _ body: @escaping @Sendable (LiveMaster, PlayedSlave, LeaseGrant) async throws -> Void
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

    private func report(_ text: String, at offset: Int, _ work: LeaseGrant) -> ConsoleReport {
        let claim = LeasedAtom(lease: work.lease, subjob: 0, atom: 0)
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
            // Unfinished text is not yet a line.
            let begun = try await master.web.get(Self.path).json
            #expect(begun["content"] == "one\n" && begun["total_num_lines"] == 1)
            // An overlap and a gap: the slave is told where to continue.
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

    @Test func `What a lost slave sent stays readable until the next attempt has output`() async throws {
        try await withRunningAtom { master, slave, work in
            _ = try await master.slaves.report(report("of the lost\n", at: 0, work), slave: slave.id)
            let content = { try await master.web.get(Self.path).json["content"] }
            try await master.slaves.sayGoodbye(slave: slave.id)
            #expect(try await content() == "of the lost\n")
            let next = try await PlayedSlave(master, session: "s2")
            let again = try #require(try await next.join(build: work.build).first)
            #expect(try await content() == "of the lost\n")
            _ = try await master.slaves.report(report("new\n", at: 0, again), slave: next.id)
            #expect(try await content() == "new\n")
            // The output of an atom without a result stays.
            _ = try await master.web.put("/v1/build/1", ["status": "canceled"])
            #expect(try await next.next() == .cancel(build: 1))
            #expect(try await content() == "new\n")
        }
    }

    @Test func `The output of an atom is followed while it runs, to its end`() async throws {
        try await withRunningAtom { master, slave, work in
            _ = try await master.slaves.report(report("one\n", at: 0, work), slave: slave.id)
            let connection = try RawConnection(port: master.port)
            connection.get("\(Self.path)/stream")
            let whole = Array("one\ntwo, three".utf8)
            let result = AtomResult(exitCode: 3, seconds: 1, console: .inline(whole))
            var received = ReceivedEvents()
            for await piece in connection.pieces() {
                let before = received.events.count
                received.add(piece)
                guard received.events.count > before else { continue }
                if before == 0 { _ = try await master.slaves.report(report("two", at: 4, work), slave: slave.id) }
                if before == 1 { _ = try await slave.report(work, result) }
                if received.events.last?.name == "end" { break }
            }
            connection.cut()
            #expect(received.events.map(\.name) == ["output", "output", "output", "end"])
            #expect(received.events.map(\.id) == [4, 7, 14, nil])
            #expect(received.events[1].data == "{\"offset\":4,\"text\":\"two\"}")
            #expect(received.events[2].data == "{\"offset\":7,\"text\":\", three\"}")
            #expect(received.events.last?.data == "{\"exit_code\":3}")
            let rest = try await master.web.get("\(Self.path)/stream", lastEventID: "7")
            #expect(rest.text.hasPrefix(":\n\nid: 14\nevent: output\ndata: {\"offset\":7,"))
        }
    }

    @Test(arguments: ["x", "-1", "1.5"]) func `A byte to go on from must be a number`(value: String) async throws {
        try await withRunningAtom { master, _, _ in
            let header = try await master.web.get("\(Self.path)/stream", lastEventID: value)
            #expect(header.status == 400)
            #expect(
                header.error == "\"Last-Event-ID\" must be the number of bytes that were read, not \"\(value)\"."
            )
            let query = try await master.web.get("\(Self.path)/stream?offset=\(value)")
            #expect(query.error == "\"offset\" must be the number of bytes that were read, not \"\(value)\".")
        }
    }

    @Test func `Output of an atom that the slave does not hold is refused`() async throws {
        try await withRunningAtom { master, slave, work in
            let stale = LeaseGrant(lease: LeaseID(work.lease.rawValue + 5), build: work.build, subjob: 0, atoms: [])
            let error = await #expect(throws: ClusterRunnerError.self) {
                _ = try await master.slaves.report(report("x", at: 0, stale), slave: slave.id)
            }
            #expect(error?.code == .invalidState)
            #expect(error?.message == "Subjob 0 of build 1 is no longer held under lease \(stale.lease).")
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

    @Test func `A build says how far it is, and an atom where and since when it runs`() async throws {
        try await withRunningAtom { master, slave, work in
            let before = Date().timeIntervalSince1970
            let claim = LeasedAtom(lease: work.lease, subjob: 0, atom: 0)
            let running = [RunningAtom(claim: claim, executor: 0, age: 60)]
            let heartbeat = SlaveHeartbeat(build: 1, leases: [work.lease], running: running)
            #expect(try await master.slaves.heartbeat(heartbeat, slave: slave.id) == [])
            // The next change is durable only after the heartbeat's changes.
            _ = try await PlayedSlave(master, session: "s2", url: "played:2")
            let atom = try await master.web.get("/v1/build/1/subjob/0/atom/0").json["atom"]?.object
            #expect(atom?["state"] == "IN_PROGRESS" && atom?["slave_id"] == .integer(slave.id))
            guard case .number(let start)? = atom?["started_at"] else { return #expect(Bool(false), "no start") }
            #expect(start >= before - 60 && start <= Date().timeIntervalSince1970 - 60)
            let progress = try await master.web.get("/v1/build/1").json["build"]?.object?["progress"]
            #expect(
                progress == [
                    "atoms": 1, "done": 0, "failed": 0, "flaky": 0, "never_ran": 0, "running": 1,
                    "expected_seconds_left": nil,
                ]
            )
            _ = try await slave.report(work, AtomResult(exitCode: 3, seconds: 1))
            let ended = try await master.web.get("/v1/build").json["builds"]?.array?.first?.object?["progress"]
            #expect(
                ended == [
                    "atoms": 1, "done": 1, "failed": 1, "flaky": 0, "never_ran": 0, "running": 0,
                    "expected_seconds_left": 0,
                ]
            )
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
