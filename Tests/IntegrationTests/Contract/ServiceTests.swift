import ClusterRunnerDomain
import ClusterRunnerPlugin
import Foundation
import Testing

@Suite(.timeLimit(.minutes(20)))
struct ServiceTests {
    private static let tags: [JSONValue] = [
        "BUILD_REQUEST_QUEUED", "BUILD_PREPARE_START", "BUILD_PREPARE_FINISH", "BUILD_SETUP_START",
        "BUILD_SETUP_FINISH", "MASTER_TRIGGERED_SUBJOB", "ATOM_START", "ATOM_FINISH", "SUBJOB_EXECUTION_START",
        "SUBJOB_EXECUTION_FINISH", "MASTER_RECEIVED_RESULT", "BUILD_FINISHED",
    ]

    @Test func `The event log tells the life of a build, over HTTP and in the file`() async throws {
        try await RunningCluster.with(executors: 1) { cluster in
            let id = try await cluster.request(
                try cluster.inline(["commands": ["exit 0"], "atomizers": [["N": "echo 1"]]])
            )
            _ = try await cluster.ended(id)
            let events = try #require(try await cluster.http.get("/v1/eventlog")["events"].array)
            #expect(events.prefix(2).map { $0["__tag__"] } == ["SERVICE_STARTED", "SLAVE_CONNECTED"])
            let ofBuild = events.filter { $0["build_id"] == .integer(id) }
            #expect(ofBuild.map { $0["__tag__"] } == Self.tags)
            let ids = events.compactMap { $0["__id__"].integer }
            #expect(ids == Array(1...events.count))
            let last = try await cluster.http.get("/v1/eventlog?since_id=\(events.count - 1)")["events"]
            #expect(last == [events[events.count - 1]])
            // The file is complete by the time the master has ended.
            try #require(cluster.master).send(SIGTERM)
            try await cluster.master?.exitCode()
            let file = try String(contentsOfFile: "\(cluster.scratch)/master/eventlog.log", encoding: .utf8)
            let lines = try file.split(separator: "\n").map {
                try JSONDecoder().decode(JSONValue.self, from: Data($0.utf8))
            }
            #expect(lines.prefix(events.count).map { $0["__tag__"] } == events.map { $0["__tag__"] })
        }
    }

    @Test func `A slave tells on its own port whom it works for and what its executors do`() async throws {
        try await RunningCluster.with(executors: 2) { cluster in
            let listed = try await cluster.http.get("/v1/slave/1")["slave"]
            #expect(listed["num_executors"] == 2)
            #expect(listed["is_alive"] == true)
            let port = try #require(listed["url"].string?.split(separator: ":").last.flatMap { Int($0) })
            let slave = PlainHTTP(port: port, secret: RunningCluster.secret, service: .slave)
            let root = try await slave.get("/v1")["slave"]
            #expect(root["is_alive"] == true)
            #expect(root["slave_id"] == 1)
            #expect(root["master_url"] == .string("127.0.0.1:\(cluster.port)"))
            #expect(root["current_build_id"] == .null)
            #expect(root["session_id"] == listed["session_id"])
            #expect(root["executors"].array?.map { $0["is_busy"] } == [false, false])
            #expect(try await slave.get("/v1/executor/1")["executor"]["id"] == 1)
            #expect(try await slave.send("GET", "/v1/executor/2").status == 404)
            #expect(try await slave.send("POST", "/v1/kill", body: "{}").status == 401)
            #expect(try await slave.send("PUT", "/v1/version").headers["allow"] == "GET, HEAD")
        }
    }
}
