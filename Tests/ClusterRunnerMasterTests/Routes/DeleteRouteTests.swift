import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerStore
import ClusterRunnerTesting
import ClusterRunnerWire
import Foundation
import HTTPTypes
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct DeleteRouteTests {
    private func withMaster(_ body: @escaping @Sendable (LiveMaster) async throws -> Void) async throws {
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory) { try await body($0) }
        }
    }

    @Test func `A deleted build is gone, and a second deletion finds nothing`() async throws {
        try await withMaster { master in
            _ = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 1)))
            try await master.client.cancel(build: 1)
            // The answer about an ended build is kept in memory.
            #expect(try await master.web.get("/v1/build/1").status == 200)
            let answer = try await master.web.sign(.delete, "/v1/build/1", [])
            #expect(answer.status == 200)
            #expect(answer.json["message"] == "Build 1 is deleted.")
            #expect(try await master.web.get("/v1/build/1").status == 404)
            #expect(try await master.store.build(1) == nil)
            #expect(try await master.web.sign(.delete, "/v1/build/1", []).status == 404)
            #expect(try await master.web.sign(.delete, "/v2/builds/1", []).status == 404)
        }
    }

    @Test func `Results and outputs beside them go, and events stay`() async throws {
        try await withMaster { master in
            _ = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 1)))
            try await master.client.cancel(build: 1)
            let folders = MasterFolders(base: "\(master.directory)/master")
            for path in [folders.results(of: 1), folders.consoles(of: 1)] {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            }
            let events = try await master.store.lastEvent()
            _ = try await master.client.delete(build: 1)
            #expect(folders.resultNumbers == [])
            #expect(try await master.store.lastEvent() == events)
        }
    }

    @Test func `A build that has not ended stays, and so does any build without a signature`() async throws {
        try await withMaster { master in
            _ = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 1)))
            let early = try await master.web.sign(.delete, "/v1/build/1", [])
            #expect(early.status == 409)
            #expect(early.error == "Build 1 has not ended; it can be deleted when it has, or has been canceled.")
            try await master.client.cancel(build: 1)
            #expect(try await master.web.send(.delete, "/v1/build/1", "").status == 401)
            #expect(try await master.web.send(.delete, "/v1/build/1", "", digest: "").status == 401)
            #expect(try await master.web.get("/v1/build/1").status == 200)
        }
    }
}
