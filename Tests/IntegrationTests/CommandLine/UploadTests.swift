import ClusterRunnerPlugin
import Foundation
import Testing

/// Builds of folders that are not committed.
@Suite(.timeLimit(.minutes(20)))
struct UploadTests {
    private func arguments(_ cluster: RunningCluster, port: Int? = nil, _ more: String...) -> [String] {
        let master = ["--master-url", "127.0.0.1:\(port ?? cluster.port)"]
        return ["build", "--upload", "--config-file", "\(cluster.scratch)/master.conf"] + master + more
    }

    /// Makes a clone with changes that are not committed; returns its folder.
    private func makeProject(_ cluster: RunningCluster, command: String) async throws -> String {
        let folder = "\(cluster.scratch)/my project"
        let job = "Tests:\n  commands:\n    - '\(command)'\n  atomizers:\n    - N: seq 4\n"
        try await Project(jobFile: job, files: [".gitignore": "*.o\n", "a": "one\n"]).commit(to: folder)
        try await shell(
            "echo two >> a; echo new > b; touch ignored.o; chmod 755 b; ln -s b link; mkdir empty",
            in: folder
        )
        return folder
    }

    @Test func `A folder with changes is built by all slaves, and only what is new is sent`() async throws {
        try await RunningCluster.with(slaves: 2, executors: 1) { cluster in
            let command = "cat a link; [ -x b ] && [ -d empty ] && [ ! -e ignored.o ]; [ $N != 1 ] || sleep 1"
            let folder = try await makeProject(cluster, command: command)
            let first = try await cluster.run(arguments(cluster), in: folder)
            #expect(first.code == 0, "\(first.output)")
            #expect(first.output.contains("my project: 4 files, 4 new to the master ("), "\(first.output)")
            let files = try ArtifactTree.read("\(folder)/build_results")
            for atom in 0..<4 {
                let console = files["artifact_\(atom)_0/clusterrunner_console_output"]
                #expect(console == Data("one\ntwo\nnew\n".utf8))
            }
            let slaves = try await cluster.http.get("/v1/build/1/subjob")["subjobs"].array ?? []
            #expect(Set(slaves.map { $0["slave"] }).count == 2, "\(slaves)")
            let build = try await cluster.http.get("/v1/build/1")["build"]
            let head = try await shell("git rev-parse HEAD", in: folder)
            #expect(build["request_params"]["base_commit"] == .string(head))

            // The results of the first build are no part of the project.
            let second = try await cluster.run(arguments(cluster), in: folder)
            #expect(second.output.contains("my project: 4 files, none is new to the master."), "\(second.output)")
            try await shell("echo three >> a", in: folder)
            let third = try await cluster.run(arguments(cluster), in: folder)
            #expect(third.output.contains("my project: 4 files, 1 new to the master (14 bytes)."), "\(third.output)")
            #expect([second.code, third.code] == [0, 0])
        }
    }

    @Test func `The same folder joins its running build, which goes on without those who joined`() async throws {
        try await RunningCluster.with(slaves: 1, executors: 4) { cluster in
            let goOn = "\(cluster.scratch)/go on"
            let folder = try await makeProject(cluster, command: "until [ -e \"\(goOn)\" ]; do sleep 0.05; done")
            let first = try cluster.start("first", arguments(cluster), in: folder)
            _ = try await first.line(after: "Build 1 of job (the only one) is queued at ")
            let second = try cluster.start("second", arguments(cluster), in: folder)
            _ = try await second.line(after: "Build 1 of job (the only one) is running already, and is followed at ")
            let other = try cluster.start("other", arguments(cluster, "--no-join"), in: folder)
            _ = try await other.line(after: "Build 2 of job (the only one) is queued at ")
            second.send(SIGINT)
            #expect(try await second.exitCode() == 130)
            #expect(second.output.contains("SIGINT: build 1 goes on, because another request has started it."))
            try await shell("touch 'go on'", in: cluster.scratch)
            #expect(try await first.exitCode() == 0, "\(first.output)")
            #expect(try await other.exitCode() == 0, "\(other.output)")
        }
    }

    @Test func `An upload survives a broken network and a killed master`() async throws {
        try await RunningCluster.with { cluster in
            let relay = try Relay(toMaster: cluster.port)
            defer { relay.close() }
            let folder = try await makeProject(cluster, command: "cat large* | wc -c")
            try await shell("for n in $(seq 8); do head -c 8000000 /dev/urandom > large$n; done", in: folder)
            let build = try cluster.start("build", arguments(cluster, port: relay.port), in: folder)
            let contents = "\(cluster.scratch)/master/master/projects/archive/contents"
            try await pieces(in: contents, atLeast: 2)
            relay.become(.cut)
            let count = try await shell("find '\(contents)' -type f | wc -l", in: folder)
            relay.become(.sound)
            try await pieces(in: contents, atLeast: (Int(count) ?? 0) + 2)
            let master = try #require(cluster.master)
            master.send(SIGKILL)
            try await master.exitCode()
            try await cluster.startMaster(port: cluster.port)
            #expect(try await build.exitCode() == 0, "\(build.output)")
            let output = try ArtifactTree.read("\(folder)/build_results")["artifact_0_0/clusterrunner_console_output"]
            #expect(output == Data("64000000\n".utf8))
        }
    }

    /// Waits until the master has stored a number of pieces, which no event tells.
    private func pieces(in folder: String, atLeast count: Int) async throws {
        for _ in 0..<10_000 {
            let here = try await shell("find '\(folder)' -type f -not -name '.*' 2> /dev/null | wc -l || true", in: "/")
            if (Int(here) ?? 0) >= count { return }
        }
        throw ProgramFailure("The upload does not go on.")
    }

    @Test func `Without a master the folder is built on the embedded cluster`() async throws {
        try await RunningCluster.withNothing { cluster in
            let folder = try await makeProject(cluster, command: "cat a b")
            let configuration = try cluster.embeddedConfiguration()
            let command = ["build", "archive", "--path", "my project", "--config-file", configuration]
            let (code, output) = try await cluster.run(command, in: cluster.scratch)
            #expect(code == 0, "\(output)")
            #expect(output.contains("Uploading \(folder): 4 files, 4 new"), "\(output)")
            let wrong = try await cluster.run(["build", "git", "--upload", "--config-file", configuration])
            #expect(
                wrong.code == 2 && wrong.output.contains("--upload makes a build of type archive"),
                "\(wrong.output)"
            )
        }
    }

    @Test func `Messages of uploads are signed, and refused by name`() async throws {
        try await RunningCluster.with(slaves: 0) { cluster in
            let path = "/v1/project_types/archive/upload"
            let unsigned = try await cluster.http.send("POST", path, body: "t")
            #expect(unsigned.status == 401)
            for (type, status, text) in [
                ("archive", 400, "The message of an upload is malformed"), ("directory", 400, "takes no uploads."),
                ("nothing", 400, "Unknown project type"),
            ] {
                let answer = try await cluster.http.sendSigned("POST", "/v1/project_types/\(type)/upload", "no message")
                #expect(answer.status == status)
                #expect(String(decoding: answer.body, as: UTF8.self).contains(text), "\(type)")
            }
        }
    }
}
