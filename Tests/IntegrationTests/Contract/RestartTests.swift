import ClusterRunnerCore
import Foundation
import Testing

@Suite(.timeLimit(.minutes(1)))
struct RestartTests {
    private let quick: JSONValue = ["commands": ["echo done"], "atomizers": [["N": "echo 1"]]]

    @Test func `A killed master serves its finished builds again, and says what became of the others`() async throws {
        try await RunningCluster.with(executors: 1) { cluster in
            let finished = try await cluster.request(try cluster.inline(quick))
            let before = try await cluster.ended(finished)
            let started = try NamedPipe("\(cluster.scratch)/started")
            let endless: JSONValue = [
                "commands": [.string("echo $$ > '\(started.path)'; exec sleep 1000")], "atomizers": [["N": "echo 1"]],
            ]
            let unfinished = try await cluster.request(try cluster.inline(endless, named: "Endless"))
            let process = try #require(pid_t(try await started.read()))
            try await restart(cluster)

            #expect(try await cluster.http.get("/v1/build/\(finished)")["build"] == before)
            let files = try await ArtifactTree(of: finished, "tar.gz", from: cluster).files
            #expect(files["artifact_0_0/clusterrunner_console_output"] == Data("done\n".utf8))
            let lost = try await cluster.http.get("/v1/build/\(unfinished)")["build"]
            #expect(lost["state"] == "ERROR")
            let sentence = "The master was restarted while build \(unfinished) was not finished. Start it again."
            #expect(lost["error_message"] == .string(sentence))
            // The slave comes back by itself, and has given up what nobody wants any more.
            let next = try await cluster.request(try cluster.inline(quick))
            #expect(next == unfinished + 1)
            #expect(try await cluster.ended(next)["status"] == "SUCCESS")
            #expect(!Processes.isRunning(process))
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
