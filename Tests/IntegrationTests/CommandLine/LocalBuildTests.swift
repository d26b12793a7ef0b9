import ClusterRunnerPlugin
import Foundation
import Testing

/// What is shown of the builds of embedded clusters when no master answers.
@Suite(.timeLimit(.minutes(20)))
struct LocalBuildTests {
    /// Writes a project below the scratch directory and returns its path.
    private func project(_ name: String, _ jobFile: String, _ cluster: RunningCluster) throws -> String {
        let directory = "\(cluster.scratch)/\(name)"
        try Project(jobFile: jobFile + "\n").write(to: directory)
        return directory
    }

    @Test func `An ended build is shown with its failures and their output`() async throws {
        try await RunningCluster.withNothing { cluster in
            let config = ["--config-file", try cluster.embeddedConfiguration()]
            let directory = try project(
                "project",
                "Unit: {commands: ['echo out of $T; [ $T != bad ]'], atomizers: [{T: 'echo good; echo bad'}]}",
                cluster
            )
            let empty = try await cluster.run(["status"] + config)
            #expect(empty.code == 2 && empty.output.contains("No master answers at"), "\(empty.output)")
            #expect(try await cluster.run(["build"] + config, in: directory).code == 1)
            let list = try await cluster.run(["status"] + config)
            #expect(list.code == 0, "\(list.output)")
            #expect(list.output.contains(/\ +1  failed  Unit  project +2 +1\ /), "\(list.output)")
            #expect(list.output.contains("These are the builds of the embedded cluster on this machine."))
            let status = try await cluster.run(["status", "1"] + config)
            #expect(status.code == 0 && status.output.contains("1/0   bad"), "\(status.output)")
            let logs = try await cluster.run(["logs", "1"] + config)
            #expect(logs.output.contains("FAILED bad (exit code 1; artifact_1_0)\nout of bad\n"), "\(logs.output)")
            let unknown = try await cluster.run(["logs", "7"] + config)
            #expect(unknown.code == 2)
            #expect(
                unknown.output.contains("There is no build 7 of the embedded cluster on this machine"),
                "\(unknown.output)"
            )
            let named = try await cluster.run(["status", "1", "--master-url", "127.0.0.1:1"] + config)
            #expect(named.code == 2, "\(named.output)")
            // The looks left the directory free, so that numbers and history go on.
            #expect(try await cluster.run(["build"] + config, in: directory).output.contains("Build 2 failed"))
        }
    }

    @Test func `A running build is shown, and can be canceled, beside another one`() async throws {
        try await RunningCluster.withNothing { cluster in
            let config = ["--config-file", try cluster.embeddedConfiguration()]
            let started = try NamedPipe("\(cluster.scratch)/started")
            let slow =
                "Slow: {commands: [\"echo begun; echo > '\(started.path)'; sleep 1000\"], atomizers: [{T: echo 1}]}"
            let build = try cluster.start("build", ["build"] + config, in: try project("slow", slow, cluster))
            _ = try await started.read()
            let quick = try project("quick", "Quick: {commands: [\"true\"], atomizers: [{T: echo 1}]}", cluster)
            #expect(try await cluster.run(["build"] + config, in: quick).code == 0)
            let list = try await cluster.run(["status"] + config)
            #expect(list.output.contains("1  building  Slow"), "\(list.output)")
            #expect(list.output.contains("1  passed    Quick"), "\(list.output)")
            let status = try await cluster.run(["status", "1"] + config)
            #expect(status.output.contains("This is the newest of 2 builds 1 of"), "\(status.output)")
            #expect(status.output.contains("job:      Quick"), "\(status.output)")
            build.send(SIGINT)
            #expect(try await build.exitCode() == 130, "\(build.output)")
        }
    }

    @Test func `An ended build is run again, or what failed of it`() async throws {
        try await RunningCluster.withNothing { cluster in
            let config = ["--config-file", try cluster.embeddedConfiguration()]
            let job =
                "Unit: {commands: ['[ -e \"$PROJECT_DIR/$T\" ]'], atomizers: [{T: 'echo clusterrunner.yaml; echo later'}]}"
            let directory = try project("project", job, cluster)
            #expect(try await cluster.run(["build"] + config, in: directory).code == 1)
            let again = try await cluster.run(["retry", "1"] + config, in: cluster.scratch)
            #expect(again.code == 1 && again.output.contains("Build 2 failed, 1 of 2 atoms."), "\(again.output)")
            #expect(again.output.contains("Results: \(cluster.scratch)/build_results\n"), "\(again.output)")
            try #require(FileManager.default.createFile(atPath: "\(directory)/later", contents: nil))
            let mended = try await cluster.run(["retry", "2", "--failed"] + config, in: cluster.scratch)
            #expect(mended.code == 0 && mended.output.contains("Build 3 passed, 1 of 1 atoms."), "\(mended.output)")
            let nothing = try await cluster.run(["retry", "3", "--failed"] + config, in: cluster.scratch)
            #expect(nothing.code == 2 && nothing.output.contains("nothing to retry"), "\(nothing.output)")
        }
    }

    @Test func `The dashboard of ended builds is served until an interrupt`() async throws {
        try await RunningCluster.withNothing { cluster in
            let config = ["--config-file", try cluster.embeddedConfiguration()]
            let directory = try project("project", "Unit: {commands: [\"true\"], atomizers: [{T: echo 1}]}", cluster)
            #expect(try await cluster.run(["build"] + config, in: directory).code == 0)
            let served = try cluster.start("dashboard", ["dashboard", "1"] + config)
            let line = try await served.line(after: "Dashboard: ")
            let url = try #require(line.split(separator: ",").first.flatMap { URL(string: String($0)) })
            let port = try #require(url.port)
            let http = PlainHTTP(port: port, secret: RunningCluster.secret)
            #expect(try await http.send("GET", "/v1/build/1").json().object?["build"]?.object?["job_name"] == "Unit")
            #expect(try await http.send("GET", url.path).status == 200)
            served.send(SIGINT)
            #expect(try await served.exitCode() == 0, "\(served.output)")
        }
    }

    @Test func `Another process cancels a running build`() async throws {
        try await RunningCluster.withNothing { cluster in
            let config = ["--config-file", try cluster.embeddedConfiguration()]
            let started = try NamedPipe("\(cluster.scratch)/started")
            let slow =
                "Slow: {commands: [\"echo begun; echo > '\(started.path)'; sleep 1000\"], atomizers: [{T: echo 1}]}"
            let build = try cluster.start("build", ["build"] + config, in: try project("slow", slow, cluster))
            _ = try await started.read()
            let endpoint = "\(cluster.scratch)/embedded/embedded/1/endpoint"
            var logs = try await cluster.run(["logs", "1", "--atom", "0/0"] + config)
            // The output is at the master soon after it was written.
            for _ in 0..<100 where !logs.output.hasSuffix("begun\n") {
                logs = try await cluster.run(["logs", "1", "--atom", "0/0"] + config)
            }
            #expect(logs.code == 0 && logs.output.hasSuffix("begun\n"), "\(logs.output)")
            let canceled = try await cluster.run(["cancel", "1"] + config)
            #expect(canceled.output.hasSuffix("Build 1 is canceled.\n"), "\(canceled.output)")
            #expect(try await build.exitCode() == 3, "\(build.output)")
            #expect(!FileManager.default.fileExists(atPath: endpoint))
        }
    }

    @Test func `A build is watched beyond the end of its cluster, and its job has a history`() async throws {
        try await RunningCluster.withNothing { cluster in
            let config = ["--config-file", try cluster.embeddedConfiguration()]
            let started = try NamedPipe("\(cluster.scratch)/started")
            let go = try NamedPipe("\(cluster.scratch)/go")
            let command = "echo > '\(started.path)'; cat '\(go.path)'; false"
            let slow = "Slow: {commands: [\"\(command)\"], atomizers: [{T: echo 1}]}"
            let directory = try project("slow", slow, cluster)
            let build = try cluster.start("build", ["build"] + config, in: directory)
            _ = try await started.read()
            let watch = try cluster.start("watch", ["watch", "1"] + config)
            _ = try await watch.line(after: "Build 1 of job \"Slow\" is building at ")
            try await go.write("the end")
            #expect(try await build.exitCode() == 1, "\(build.output)")
            #expect(try await watch.exitCode() == 1, "\(watch.output)")
            #expect(watch.output.contains("Build 1 failed, 1 of 1 atoms."), "\(watch.output)")
            let ended = try await cluster.run(["watch", "1"] + config)
            #expect(ended.code == 1 && ended.output.contains("Build 1 failed, 1 of 1 atoms."), "\(ended.output)")
            let history = try await cluster.run(["history", "Slow"] + config)
            #expect(history.code == 0 && history.output.contains(#/ +1  failed /#), "\(history.output)")
            let unknown = try await cluster.run(["history", "Slwo"] + config)
            #expect(unknown.code == 2 && unknown.output.contains("Did you mean \"Slow\"?"), "\(unknown.output)")
        }
    }
}
