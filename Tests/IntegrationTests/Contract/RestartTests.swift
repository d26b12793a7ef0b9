import ClusterRunnerDomain
import ClusterRunnerPlugin
import Foundation
import Testing

@Suite(.timeLimit(.minutes(20)))
struct RestartTests {
    private let quick: JSONValue = ["commands": ["echo done"], "atomizers": [["N": "echo 1"]]]

    @Test func `A killed master serves its finished builds again, and finishes the others`() async throws {
        try await RunningCluster.with(executors: 1) { cluster in
            let finished = try await cluster.request(try cluster.inline(quick))
            let before = try await cluster.ended(finished)
            let (started, go) = try (NamedPipe("\(cluster.scratch)/started"), NamedPipe("\(cluster.scratch)/go"))
            let slow: JSONValue = [
                "commands": [.string("echo $$ > '\(started.path)'; cat '\(go.path)'")], "atomizers": [["N": "echo 1"]],
            ]
            let unfinished = try await cluster.request(try cluster.inline(slow, named: "Slow"))
            let process = try #require(pid_t(try await started.read()))
            try await restart(cluster)

            #expect(try await cluster.http.get("/v1/build/\(finished)")["build"] == before)
            let files = try await ArtifactTree(of: finished, "tar.gz", from: cluster).files
            #expect(files["artifact_0_0/clusterrunner_console_output"] == Data("done\n".utf8))
            // The slave reconnects by itself and continues its work.
            #expect(Processes.isRunning(process))
            try await go.write("through the restart")
            let build = try await cluster.ended(unfinished)
            #expect(build["status"] == "SUCCESS", "\(build)\n\(cluster.logs)")
            let atom = "/v1/build/\(unfinished)/subjob/0/atom/0"
            #expect(try await cluster.http.get("\(atom)/console")["content"] == "through the restart\n")
            #expect(try await cluster.http.get(atom)["atom"]["attempts"] == 1)
            let next = try await cluster.request(try cluster.inline(quick))
            #expect(next.rawValue == unfinished.rawValue + 1)
            #expect(try await cluster.ended(next)["status"] == "SUCCESS")
        }
    }

    private func restart(_ cluster: RunningCluster) async throws {
        let session = try await cluster.http.send("GET", "/v1").headers["session-id"]
        let master = try #require(cluster.master)
        master.send(SIGKILL)
        #expect(try await master.exitCode() == 128 + SIGKILL)
        try await cluster.startMaster(port: cluster.port)
        let expected = ["Expected-Session-Id": try #require(session)]
        #expect(try await cluster.http.send("GET", "/v1", headers: expected).status == 412)
    }
}
