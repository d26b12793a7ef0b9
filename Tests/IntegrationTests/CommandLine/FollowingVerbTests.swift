import ClusterRunnerDomain
import ClusterRunnerPlugin
import Foundation
import Testing

/// The verbs that follow, fetch and delete builds of a master.
@Suite(.timeLimit(.minutes(20)))
struct FollowingVerbTests {
    private func options(_ cluster: RunningCluster) -> [String] {
        ["--master-url", "127.0.0.1:\(cluster.port)", "--config-file", "\(cluster.scratch)/master.conf"]
    }

    private func ask(_ cluster: RunningCluster, _ arguments: String...) async throws -> (code: Int32, output: String) {
        try await cluster.run(arguments + options(cluster))
    }

    private let oneFails: JSONValue = [
        "commands": ["echo \"out of $N\"; [ $N != 2 ]"], "atomizers": [["N": "seq 3"]],
    ]

    @Test func `watch shows a running build, and an interrupt leaves it`() async throws {
        try await RunningCluster.with(executors: 1) { cluster in
            let (started, go) = try (NamedPipe("\(cluster.scratch)/started"), NamedPipe("\(cluster.scratch)/go"))
            let job: JSONValue = [
                "commands": [.string("[ $N = 1 ] && exit 3; echo > '\(started.path)'; cat '\(go.path)'")],
                "atomizers": [["N": "seq 2"]],
            ]
            _ = try await cluster.request(try cluster.inline(job))
            _ = try await started.read()
            let left = try cluster.start("watch", ["watch", "1"] + options(cluster))
            try await left.prints("FAILED 1 (exit code 3; artifact_0_0)\n", after: 0)
            left.send(SIGINT)
            #expect(try await left.exitCode() == 130)
            #expect(
                left.output.contains("build 1 goes on. Watch it again with: clusterrunner watch 1\n"),
                "\(left.output)"
            )

            let watch = try cluster.start("watch", ["watch", "1"] + options(cluster))
            _ = try await watch.line(after: "Build 1 of job \"Tests\" is building at 127.0.0.1:")
            try await go.write("on")
            #expect(try await watch.exitCode() == 1, "\(watch.output)")
            #expect(watch.output.contains("\nBuild 1 failed, 1 of 2 atoms.\nDashboard: http://"), "\(watch.output)")
            #expect(!FileManager.default.fileExists(atPath: "\(cluster.scratch)/build_results"))

            let ended = try await ask(cluster, "watch", "1")
            #expect(ended.code == 1, "\(ended.output)")
            #expect(ended.output.hasPrefix("FAILED 1 (exit code 3; artifact_0_0)\n"), "\(ended.output)")
            let unknown = try await ask(cluster, "watch", "8")
            #expect(unknown.code == 2 && unknown.output == "clusterrunner: Invalid build id: 8.\n")
        }
    }

    @Test func `download fetches the results of an ended build, and touches nothing else`() async throws {
        try await RunningCluster.with { cluster in
            _ = try await cluster.run(try cluster.inline(oneFails))
            let all = try await ask(cluster, "download", "1")
            #expect(all.code == 0)
            #expect(all.output == "Build 1 failed, 1 of 3 atoms. Results: \(cluster.scratch)/build_results\n")
            let files = try ArtifactTree.read("\(cluster.scratch)/build_results")
            #expect(files["artifact_0_0/clusterrunner_console_output"] == Data("out of 1\n".utf8))
            #expect(files["failures.txt"] == Data("artifact_1_0\n".utf8))
            let failed = try await ask(cluster, "download", "1", "--failed", "--results", "other", "--json")
            #expect(failed.output == "{\"build_id\":1,\"results\":\"\(cluster.scratch)/other\"}\n")
            let names = Set(
                try ArtifactTree.read("\(cluster.scratch)/other").keys.compactMap { $0.split(separator: "/").first }
            )
            #expect(names == ["artifact_1_0", "ctrf.json", "failures.txt", "junit.xml"])

            try "precious".write(toFile: "\(cluster.scratch)/other/notes", atomically: true, encoding: .utf8)
            let refused = try await ask(cluster, "download", "1", "--results", "other")
            #expect(refused.code == 2 && refused.output.contains("not results of a build: notes"), "\(refused.output)")
            #expect(try await ask(cluster, "download", "4").output == "clusterrunner: Invalid build id: 4.\n")
        }
    }

    @Test func `download waits for no build`() async throws {
        try await RunningCluster.with(slaves: 0) { cluster in
            _ = try await cluster.request(try cluster.inline(oneFails))
            let (code, output) = try await ask(cluster, "download", "1")
            #expect(code == 2)
            #expect(
                output == "clusterrunner: Build 1 has not ended, so it has no results yet. "
                    + "Wait for it with: clusterrunner watch 1\n"
            )
            #expect(!FileManager.default.fileExists(atPath: "\(cluster.scratch)/build_results"))
        }
    }

    @Test func `retry waits, fetches the results and has the exit code of the new build`() async throws {
        try await RunningCluster.with { cluster in
            let healed = "\(cluster.scratch)/healed"
            let job: JSONValue = ["commands": [.string("[ -e \(healed) ]")], "atomizers": [["N": "seq 2"]]]
            _ = try await cluster.run(try cluster.inline(job))
            let again = try await ask(cluster, "retry", "1")
            #expect(again.code == 1 && again.output.hasPrefix("Build 2, of build 1, is queued at "), "\(again.output)")
            try "".write(toFile: healed, atomically: true, encoding: .utf8)
            let passed = try await ask(cluster, "retry", "2", "--failed", "--results", "third")
            #expect(passed.code == 0, "\(passed.output)")
            #expect(passed.output.contains("Build 3 passed, 2 of 2 atoms. Results: \(cluster.scratch)/third\n"))
            #expect(try ArtifactTree.read("\(cluster.scratch)/third")["failures.txt"] == nil)
        }
    }

    @Test func `A detached build is queued, and its command ends`() async throws {
        try await RunningCluster.with(slaves: 0) { cluster in
            let directory = "\(cluster.scratch)/project"
            try Project(jobFile: "Tests: {commands: [\"true\"], atomizers: [{N: seq 2}]}").write(to: directory)
            let address = "127.0.0.1:\(cluster.port)"
            let build = try await cluster.run(["build", "--detach"] + options(cluster), in: directory)
            #expect(build.code == 0)
            #expect(
                build.output == """
                    Build 1 of job (the only one) is queued at \(address).
                    Watch it with: clusterrunner watch 1
                    Dashboard: http://\(address)/dashboard/builds/1

                    """
            )
            let number = try await cluster.run(["build", "--detach", "--quiet"] + options(cluster), in: directory)
            #expect(number.output == "2\n")
            _ = try await ask(cluster, "cancel", "2")
            let retried = try await ask(cluster, "retry", "2", "--detach", "--json")
            #expect(retried.code == 0 && retried.output.contains("\"build_id\":3"), "\(retried.output)")
            let lonely = ["build", "--detach", "--config-file", try cluster.embeddedConfiguration()]
            let (code, output) = try await cluster.run(lonely, in: directory)
            #expect(code == 2 && output.contains("No master answers at"), "\(output)")
        }
    }

    @Test func `delete removes ended builds with their results, and no others`() async throws {
        try await RunningCluster.with { cluster in
            let leavesFiles: JSONValue = [
                "commands": ["echo $N > \"$ARTIFACT_DIR/n\""], "atomizers": [["N": "seq 3"]],
            ]
            for _ in 0..<2 { _ = try await cluster.run(try cluster.inline(leavesFiles)) }
            let waiting = try await cluster.request(
                try cluster.inline(["commands": ["sleep 1000"], "atomizers": [["N": "seq 1"]]])
            )
            let results = "\(cluster.scratch)/master/master/results"
            #expect(FileManager.default.fileExists(atPath: "\(results)/1"))
            let (code, output) = try await ask(cluster, "delete", "1", "\(waiting)", "2", "9")
            #expect(code == 2)
            let refusal = "clusterrunner: Build 3 has not ended; it can be deleted when it has, or has been canceled.\n"
            #expect(output.contains("Build 1 is deleted.\n") && output.contains(refusal), "\(output)")
            #expect(output.contains("Build 2 is deleted.\n") && output.contains("Invalid build id: 9.\n"), "\(output)")
            #expect(!FileManager.default.fileExists(atPath: "\(results)/1"))
            #expect(try await cluster.http.send("GET", "/v1/build/1").status == 404)
            let again = try await ask(cluster, "delete", "1")
            #expect(again.code == 2 && again.output == "clusterrunner: Invalid build id: 1.\n")
            let unsigned = try await cluster.http.send("DELETE", "/v1/build/\(waiting)")
            #expect(unsigned.status == 401)
            _ = try await ask(cluster, "cancel", "\(waiting)")
            #expect(try await ask(cluster, "delete", "\(waiting)").code == 0)
            // Numbers are not given again.
            #expect(try await cluster.request(try cluster.inline(oneFails)) == 4)
        }
    }
}
