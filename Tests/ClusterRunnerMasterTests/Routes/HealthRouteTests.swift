import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerStore
import ClusterRunnerTesting
import ClusterRunnerWire
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct HealthRouteTests {
    /// Expects a master that lives and is not ready for the reasons of these kinds.
    private func expectObstacles(_ kinds: [JSONValue], of master: LiveMaster) async throws -> WebClient.Answer {
        let answer = try await master.web.get("/v1/health")
        #expect(answer.status == 503)
        #expect(answer.json["STATUS"] == "FAILURE")
        let health = answer.json["health"]?.object
        #expect(health?["live"] == true)
        #expect(health?["ready"] == false)
        let obstacles = health?["obstacles"]?.array?.compactMap(\.object) ?? []
        #expect(obstacles.map { $0["kind"] } == kinds)
        #expect(answer.error == obstacles.compactMap { $0["reason"]?.string }.joined(separator: " "))
        let live = try await master.web.get("/v1/health?live")
        #expect(live.status == 200)
        #expect(live.json["health"] == ["live": true])
        return answer
    }

    @Test func `A master that takes builds is ready`() async throws {
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory) { master in
                let answer = try await master.web.get("/health")
                #expect(answer.status == 200)
                #expect(answer.json["health"] == ["live": true, "ready": true, "obstacles": []])
            }
        }
    }

    @Test func `A master whose store cannot write is alive and not ready`() async throws {
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory, over: { ObstructedStore(store: $0) }) { master in
                let answer = try await expectObstacles(["database"], of: master)
                #expect(answer.error == "Another program holds the database.")
            }
        }
    }

    @Test func `A master on a full disk is not ready, and says so with the words of the refusal`() async throws {
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory) {
                $0.limits.freeBytes = 1 << 60
            } _: { master in
                let answer = try await expectObstacles(["disk"], of: master)
                let refusal = try await master.web.post(
                    "/v1/build",
                    .object(try master.project(LiveMaster.job(atoms: 1)))
                )
                #expect(refusal.status == 503)
                #expect(refusal.error?.prefix(5) == answer.error?.prefix(5))
                #expect(refusal.error?.suffix(80) == answer.error?.suffix(80))
            }
        }
    }

    @Test func `A master with too many unfinished builds is not ready until one of them ends`() async throws {
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory) {
                $0.limits.unfinishedBuilds = 1
            } _: { master in
                #expect(try await master.web.get("/v1/health").status == 200)
                let build = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 1)))
                let answer = try await expectObstacles(["backlog"], of: master)
                #expect(
                    answer.error == "1 builds are not finished, and max_unfinished_builds is 1. Try again later."
                )
                try await master.client.cancel(build: build)
                #expect(try await master.web.get("/v1/health").status == 200)
            }
        }
    }

    @Test func `All reasons are told at once`() async throws {
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory) {
                $0.limits.freeBytes = 1 << 60
                $0.limits.unfinishedBuilds = 0
            } over: {
                ObstructedStore(store: $0)
            } _: { master in
                _ = try await expectObstacles(["database", "disk", "backlog"], of: master)
            }
        }
    }

    @Test func `A master that was told to end is not ready`() async throws {
        try await withScratchDirectory { directory in
            let store = try SQLiteBuildStore.inMemory()
            let authenticator = try MessageAuthenticator(key: LiveMaster.secret)
            let master = LiveMaster.service(in: directory, store, authenticator)
            let folders = MasterFolders(base: directory)
            try folders.create(directory)
            let routes = try await master.makeRunning(in: folders).makeRoutes()
            #expect(await routes.obstacles() == [])
            routes.ending.fire()
            #expect(await routes.obstacles() == [.init(kind: .shutdown, reason: "The master is shutting down.")])
        }
    }
}
