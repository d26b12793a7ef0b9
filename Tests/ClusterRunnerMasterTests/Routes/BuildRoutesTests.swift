import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerTesting
import ClusterRunnerWire
import HTTPTypes
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct BuildRoutesTests {
    /// Runs a body with a master and a number of builds in error, because their directory does not exist.
    private func withBuilds<Success: Sendable>(
        _ count: Int,
        _ body: @escaping @Sendable (LiveMaster) async throws -> Success
    ) async throws -> Success {
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory) { master in
                for id in (1...count).map(BuildID.init(rawValue:)) {
                    let request: [String: JSONValue] = ["type": "directory", "project_directory": "/no/where"]
                    #expect(try await master.client.createBuild(request) == id)
                    #expect(try await master.client.build(id, wait: .seconds(30)).state == .error)
                }
                return try await body(master)
            }
        }
    }

    private func ids(_ answer: WebClient.Answer) -> [Int] {
        (answer.json["builds"]?.array ?? []).compactMap { $0.object?["id"]?.integer }
    }

    @Test func `Version 1 lists all builds and version 2 pages`() async throws {
        try await withBuilds(23) { master in
            let web = master.web
            #expect(ids(try await web.get("/v1/build")) == Array(1...23))
            #expect(ids(try await web.get("/build/")) == Array(1...23))
            #expect(ids(try await web.get("/builds")) == Array(1...20))
            #expect(ids(try await web.get("/v2/builds?offset=20")) == [21, 22, 23])
            #expect(ids(try await web.get("/v2/builds?offset=1&limit=2")) == [2, 3])
            #expect(ids(try await web.get("/v2/builds?limit=1000")) == Array(1...23))
            #expect(ids(try await web.get("/v2/builds?limit=-1&offset=-5")) == [])
            #expect(ids(try await web.get("/v2/builds?offset=99")) == [])
            let bad = try await web.get("/v2/builds?limit=many")
            #expect(bad.status == 400)
            #expect(bad.error == "\"limit\" must be a whole number, not \"many\".")
        }
    }

    @Test func `Accept chooses the version, and an unknown one falls back to the path's`() async throws {
        try await withBuilds(21) { master in
            let second = try await master.web.get("/v1/build", accept: "application/vnd.clusterrunner.v2+json")
            #expect(ids(second) == Array(1...20))
            #expect(second.headers[try #require(.init(HeaderName.apiVersion))] == "2")
            let unknown = try await master.web.get("/v1/build", accept: "application/vnd.clusterrunner.v9+json")
            #expect(ids(unknown) == Array(1...21))
            #expect(unknown.headers[try #require(.init(HeaderName.apiVersion))] == "1")
        }
    }

    @Test func `A build shows its finer state where each version keeps it`() async throws {
        try await withBuilds(1) { master in
            let first = try await master.web.get("/v1/build/1").json["build"]?.object
            #expect(first?["status"] == "FAILURE")
            #expect(first?["state"] == "ERROR")
            #expect(first?["failed_atoms"] == [])
            let sentence = "The project directory \"/no/where\" does not exist. "
            #expect(first?["error_message"]?.string?.hasPrefix(sentence) == true)
            let second = try await master.web.get("/v2/builds/1").json["build"]?.object
            #expect(second?["status"] == "ERROR")
        }
    }

    @Test(arguments: ["9", "x", "-1", "0"]) func `A build that does not exist is not found`(id: String) async throws {
        try await withBuilds(1) { master in
            for path in ["/v1/build/\(id)", "/v1/build/\(id)/subjob", "/v1/build/\(id)/artifacts.tar.gz"] {
                let answer = try await master.web.get(path)
                #expect(answer.status == 404)
                #expect(answer.error == "Invalid build id: \(id).")
                #expect(answer.json["child_routes"] != nil)
            }
        }
    }

    @Test func `A change must be the one that is known`() async throws {
        try await withBuilds(1) { master in
            let wrongKey = try await master.web.put("/v1/build/1", ["state": "canceled"])
            #expect(wrongKey.status == 400)
            #expect(wrongKey.error == "Key (state) is not in list of allowed keys (status)")
            let wrongValue = try await master.web.put("/v1/build/1", ["status": "paused"])
            #expect(wrongValue.error == "Value (paused) is not in list of allowed values (['canceled']) for status")
            let late = try await master.web.put("/v1/build/1", ["status": "canceled"])
            #expect(late.status == 200)
            #expect(late.json["message"] == "Build 1 had ended before.")
            let unsigned = try await master.web.send(.put, "/v1/build/1", #"{"status": "canceled"}"#, digest: "")
            #expect(unsigned.status == 401)
        }
    }

    @Test func `A wait must be a time that a connection can last`() async throws {
        try await withBuilds(1) { master in
            for wait in ["soon", "-1", "61", "nan"] {
                let answer = try await master.web.get("/v1/build/1?wait=\(wait)")
                #expect(answer.status == 400)
                #expect(answer.error == "\"wait\" must be 0 to 60 seconds, not \"\(wait)\".")
            }
            // An ended build is answered at once.
            #expect(try await master.web.get("/v1/build/1?wait=60").status == 200)
        }
    }

    @Test func `A canceled build is canceled for everybody, and cannot be canceled again`() async throws {
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory) { master in
                let build = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 2)))
                let slave = try await PlayedSlave(master)
                let work = try await slave.join(build: build)
                #expect(!work.isEmpty)
                let answer = try await master.web.put("/v1/build/1", ["status": "canceled"])
                #expect(answer.json["message"] == "Build 1 is canceled.")
                #expect(try await slave.next() == .cancel(build: build))
                #expect(try await master.client.build(build).state == .canceled)
                #expect(try await master.web.get("/v1/queue").json["queue"] == [])
            }
        }
    }

    @Test func `An archive of a build that runs is not there yet`() async throws {
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory) { master in
                _ = try await master.client.createBuild(try master.project(LiveMaster.job(atoms: 1)))
                for name in ["result", "artifacts.tar.gz", "artifacts.zip"] {
                    let answer = try await master.web.get("/v1/build/1/\(name)")
                    #expect(answer.status == 202)
                    #expect(answer.json["message"] == "Build 1 is not finished.")
                }
            }
        }
    }
}
