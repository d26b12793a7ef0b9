import ClusterRunnerDomain
import ClusterRunnerPlugin
import Foundation
import Testing

@Suite(.timeLimit(.minutes(20)))
struct RunningBuildTests {
    @Test func `A running build is in the queue, its output can be read, and its archive is not ready`() async throws {
        try await RunningCluster.with(executors: 1) { cluster in
            let (started, go) = try (NamedPipe("\(cluster.scratch)/started"), NamedPipe("\(cluster.scratch)/go"))
            let script = "printf 'one\\ntwo\\nthree\\n'; echo yes > '\(started.path)'; cat '\(go.path)'"
            let id = try await cluster.request(
                try cluster.inline(["commands": [.string(script)], "atomizers": [["N": "echo 1"]]])
            )
            _ = try await started.read()
            try await expectRunning(id, cluster)
            let console = "/v1/build/\(id)/subjob/0/atom/0/console"
            let atom = try await cluster.http.get(console.replacing("/console", with: ""))["atom"]
            #expect(atom["state"] == "IN_PROGRESS")
            try await expectLines(at: console, total: 3, cluster)
            try await go.write("four")
            #expect(try await cluster.ended(id)["status"] == "SUCCESS")
            try await expectLines(at: console, total: 4, cluster)
            #expect(try await cluster.http.get("/v1/queue")["queue"] == [])
            let result = try await cluster.http.send("GET", "/v1/build/\(id)/result")
            #expect(result.status == 302)
            #expect(result.headers["location"] == "/v1/build/\(id)/artifacts.tar.gz")
        }
    }

    private func expectRunning(_ id: BuildID, _ cluster: RunningCluster) async throws {
        let build = try await cluster.http.get("/v1/build/\(id)")["build"]
        #expect(build["status"] == "BUILDING")
        for name in ["result", "artifacts", "failed_atoms", "error_message"] { #expect(build[name] == .null) }
        #expect(build["details"] == "0 of 1 subjobs are complete (0.0%).")
        let queue = try await cluster.http.get("/v1/queue")["queue"]
        #expect(queue.array?.map { [$0["id"], $0["status"]] } == [[.integer(id), "BUILDING"]])
        #expect(try await cluster.http.get("/v1/slave/1")["slave"]["current_build_id"] == .integer(id))
        for file in ["artifacts.tar.gz", "artifacts.zip", "result"] {
            let answer = try await cluster.http.send("GET", "/v1/build/\(id)/\(file)")
            #expect(answer.status == 202)
            #expect(try answer.json()["message"] == .string("Build \(id) is not finished."))
        }
    }

    private func expectLines(at console: String, total: Int, _ cluster: RunningCluster) async throws {
        let all = ["one\n", "two\n", "three\n", "four\n"].prefix(total)
        let whole = try await cluster.poll(console) { $0["total_num_lines"] == .integer(total) }
        #expect(whole["content"] == .string(all.joined()))
        #expect(whole["offset_line"] == 0)
        let last = try await cluster.http.get("\(console)?max_lines=2")
        #expect(last["content"] == .string(all.suffix(2).joined()))
        #expect(last["offset_line"] == .integer(total - 2))
        #expect(last["num_lines"] == 2)
        let second = try await cluster.http.get("\(console)?max_lines=1&offset_line=1")
        #expect(second["content"] == "two\n")
        #expect(second["total_num_lines"] == .integer(total))
        #expect(try await cluster.http.send("GET", "\(console)?max_lines=0").status == 400)
    }

    @Test func `Builds of one repository at different commits run at once, each with its own content`() async throws {
        try await RunningCluster.with(slaves: 2, executors: 1) { cluster in
            let meeting = "\(cluster.scratch)/meeting"
            try FileManager.default.createDirectory(atPath: meeting, withIntermediateDirectories: true)
            // Each waits until the other is running, too.
            let job = """
                Tests:
                  commands:
                    - touch '\(meeting)'/$(cat content)
                    - until [ $(ls '\(meeting)' | wc -l) -ge 2 ]; do sleep 0.02; done
                    - cat content
                  atomizers: [{N: cat content}]
                  timeout: 60
                """
            let repository = "\(cluster.scratch)/repository"
            var ids: [String: BuildID] = [:]
            for content in ["first", "second"] {
                let project = Project(jobFile: job, files: ["content": content])
                let commit = try await project.commit(to: repository)
                ids[content] = try await cluster.request([
                    "type": "git", "url": .string("file://\(repository)"), "job_name": "Tests",
                    "hash": .string(commit),
                ])
            }
            for (content, id) in ids {
                #expect(try await cluster.ended(id)["status"] == "SUCCESS")
                let console = try await cluster.http.get("/v1/build/\(id)/subjob/0/atom/0/console")
                #expect(console["content"] == .string(content))
            }
        }
    }
}
