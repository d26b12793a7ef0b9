import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerTesting
import ClusterRunnerWire
import HTTPTypes
import Testing

@testable import ClusterRunnerMaster

/// Numbers at the limits of a machine and beyond; each answer shows that the master survives.
@Suite(.timeLimit(.minutes(10))) struct HostileNumberTests {
    private static let most = "9223372036854775807"
    private static let least = "-9223372036854775808"
    private static let tooMany = "99999999999999999999"

    /// Runs a body with a master and a build with one passed atom and two lines of output.
    private func withMaster(_ body: @escaping @Sendable (LiveMaster) async throws -> Void) async throws {
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory) { master in
                let build = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 1)))
                let slave = try await PlayedSlave(master)
                let work = try #require(try await slave.join(build: build).first)
                let result = AtomResult(exitCode: 0, seconds: 1, console: .inline(Array("one\ntwo\n".utf8)))
                _ = try await slave.report(work, result)
                try await body(master)
                #expect(try await master.client.build(build).result == .noFailures)
            }
        }
    }

    @Test func `Lists begin and end at any number`() async throws {
        try await withMaster { master in
            let lists = [
                ("builds", "builds"), ("slaves", "slaves"), ("queue", "queue"), ("builds/1/subjobs", "subjobs"),
                ("builds/1/subjobs/0/atoms", "atoms"),
            ]
            for (path, key) in lists {
                for (offset, limit) in [(Self.most, Self.most), (Self.most, "1"), (Self.least, Self.least)] {
                    let answer = try await master.web.get("/v2/\(path)?offset=\(offset)&limit=\(limit)")
                    #expect(answer.status == 200, "\(path) \(offset) \(limit)")
                    #expect(answer.json[key] == [], "\(path) \(offset) \(limit)")
                }
                let all = try await master.web.get("/v2/\(path)?offset=\(Self.least)&limit=\(Self.most)")
                #expect(all.json[key]?.array?.count == (key == "queue" ? 0 : 1), "\(path)")
                let bad = try await master.web.get("/v2/\(path)?offset=\(Self.tooMany)")
                #expect(bad.status == 400)
                #expect(bad.error == "\"offset\" must be a whole number, not \"\(Self.tooMany)\".")
            }
        }
    }

    @Test(arguments: [most, least, tooMany]) func `A number that nothing has is not found`(id: String) async throws {
        try await withMaster { master in
            let sentences = [
                "build/\(id)": "Invalid build id: \(id).", "build/\(id)/artifacts.zip": "Invalid build id: \(id).",
                "build/\(id)?wait=0.1": "Invalid build id: \(id).", "slave/\(id)": "Invalid slave id: \(id).",
            ]
            for (path, sentence) in sentences {
                let answer = try await master.web.get("/v1/\(path)")
                #expect(answer.status == 404, "\(path)")
                #expect(answer.error == sentence, "\(path)")
            }
            for path in ["build/1/subjob/\(id)", "build/1/subjob/0/atom/\(id)", "build/1/subjob/0/atom/\(id)/console"] {
                let answer = try await master.web.get("/v1/\(path)")
                #expect(answer.status == 404, "\(path)")
                #expect(answer.error?.hasPrefix("Invalid ") == true, "\(path)")
            }
            let body = Array("{\"slaves\": [\(id)]}".utf8)
            let shutdown = try await master.web.sign(.post, "/v1/slave/shutdown", body)
            #expect(shutdown.status == 404)
        }
    }

    @Test func `Console output is cut at any line`() async throws {
        try await withMaster { master in
            let console = "/v1/build/1/subjob/0/atom/0/console"
            let all = try await master.web.get("\(console)?max_lines=\(Self.most)")
            #expect(all.json["content"] == "one\ntwo\n")
            let rest = try await master.web.get("\(console)?max_lines=\(Self.most)&offset_line=1")
            #expect(rest.json["content"] == "two\n")
            let none = try await master.web.get("\(console)?max_lines=\(Self.most)&offset_line=\(Self.most)")
            #expect(none.json["content"] == "")
            #expect(none.json["offset_line"] == 2)
            for query in ["max_lines=\(Self.least)", "offset_line=\(Self.least)"] {
                let answer = try await master.web.get("\(console)?\(query)")
                #expect(answer.status == 400)
                #expect(answer.error == "\"max_lines\" must be at least 1 and \"offset_line\" at least 0.")
            }
            #expect(try await master.web.get("\(console)?max_lines=\(Self.tooMany)").status == 400)
        }
    }

    @Test func `Events are listed after any number and any time`() async throws {
        try await withMaster { master in
            for query in ["since_id=\(Self.most)", "since_timestamp=1e308"] {
                let answer = try await master.web.get("/v1/eventlog?\(query)")
                #expect(answer.status == 200)
                #expect(answer.json["events"] == [], "\(query)")
            }
            for query in ["since_id=\(Self.least)", "since_timestamp=-1e308"] {
                let answer = try await master.web.get("/v1/eventlog?\(query)")
                #expect(answer.json["events"]?.array?.isEmpty == false, "\(query)")
            }
            for query in ["since_id=\(Self.tooMany)", "since_timestamp=nan", "since_timestamp=1e999"] {
                let answer = try await master.web.get("/v1/eventlog?\(query)")
                #expect(answer.status == 400, "\(query)")
                #expect(answer.error?.contains(query.split(separator: "=")[1]) == true, "\(query)")
            }
        }
    }

    @Test(arguments: ["nan", "-nan", "inf", "1e999", "-0.1", "60.001", "0x1p99", "99999999999999999999", ""])
    func `A wait must be a time that a connection can last`(wait: String) async throws {
        try await withMaster { master in
            let answer = try await master.web.get("/v1/build/1?wait=\(wait)")
            #expect(answer.status == 400)
            #expect(answer.error == "\"wait\" must be 0 to 60 seconds, not \"\(wait)\".")
        }
    }
}
