import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerTesting
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct ServiceRoutesTests {
    private func withMaster(_ body: @escaping @Sendable (LiveMaster) async throws -> Void) async throws {
        try await withScratchDirectory { directory in try await LiveMaster.run(in: directory) { try await body($0) } }
    }

    @Test(arguments: ["/", "/v1", "/v1/"]) func `The service says that it is up and where to go`(path: String)
        async throws
    {
        try await withMaster { master in
            let answer = try await master.web.get(path)
            #expect(answer.status == 200)
            #expect(answer.json["master"] == ["status": "Master service is up.", "slaves": []])
            #expect(answer.json["child_routes"]?.object?["builds"] == "/v1/build")
            #expect(answer.json["STATUS"] == "SUCCESS")
        }
    }

    @Test func `Version and project types are there`() async throws {
        try await withMaster { master in
            let version = try await master.web.get("/v1/version").json
            #expect(version["version"] == "1.2.3")
            #expect(version["api_version"] == 1)
            #expect(try await master.web.get("/v2/version").json["api_version"] == 2)
            let types = try await master.web.get("/v1/project_types").json["project_types"]?.array
            #expect(types?.map { $0.object?["name"] } == ["directory"])
        }
    }

    @Test func `Events are listed after an id and a time`() async throws {
        try await withMaster { master in
            _ = try await PlayedSlave(master)
            let all = try await master.web.get("/v1/eventlog").json["events"]?.array ?? []
            #expect(all.compactMap { $0.object?["__tag__"] } == ["SERVICE_STARTED", "SLAVE_CONNECTED"])
            let ids = all.compactMap { $0.object?["__id__"]?.integer }
            let first = try #require(ids.first)
            let rest = try await master.web.get("/v1/eventlog?since_id=\(first)").json["events"]?.array ?? []
            #expect(rest == Array(all.dropFirst()))
            #expect(try await master.web.get("/v1/eventlog?since_timestamp=99999999999").json["events"] == [])
            let bad = try await master.web.get("/v1/eventlog?since_timestamp=now")
            #expect(bad.status == 400)
            #expect(bad.error == "\"since_timestamp\" must be a number of seconds since 1970, not \"now\".")
        }
    }
}
