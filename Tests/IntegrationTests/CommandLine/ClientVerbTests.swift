import ClusterRunnerDomain
import ClusterRunnerPlugin
import Foundation
import Testing

/// The verbs that send requests to a master.
@Suite(.timeLimit(.minutes(20)))
struct ClientVerbTests {
    /// Runs a verb with a cluster's master.
    private func ask(_ cluster: RunningCluster, _ arguments: String...) async throws -> (code: Int32, output: String) {
        try await cluster.run(arguments + options(cluster))
    }

    private func options(_ cluster: RunningCluster) -> [String] {
        ["--master-url", "127.0.0.1:\(cluster.port)", "--config-file", "\(cluster.scratch)/master.conf"]
    }

    private let oneFails: JSONValue = [
        "commands": ["echo \"out of $N\"; [ $N != 2 ]"], "atomizers": [["N": "seq 3"]],
        "setup_build": ["echo set up"],
    ]

    @Test func `status, logs and slaves show what a build was`() async throws {
        try await RunningCluster.with { cluster in
            let build = try await cluster.request(try cluster.inline(oneFails, named: "Unit"))
            _ = try await cluster.ended(build)
            let list = try await ask(cluster, "status")
            #expect(list.code == 0)
            let row = try #require(list.output.split(separator: "\n").last)
            #expect(
                row.wholeMatch(of: /\ +1  failed  Unit  empty project      3       1      0  0:0\d  \d+ s ago +-/)
                    != nil,
                "\(list.output)"
            )
            let one = try await ask(cluster, "status", "1").output
            #expect(one.contains("state:    failed\n") && one.contains("atoms:    3 of 3 done, 1 failed\n"), "\(one)")
            #expect(one.contains("1/0   2  "), "\(one)")
            let json = try await ask(cluster, "status", "1", "--json").output
            #expect(json.hasPrefix("{\"build\":{") && json.split(separator: "\n").count == 1)

            #expect(try await ask(cluster, "logs", "1", "--atom", "2/0").output == "out of 3\n")
            let failures = try await ask(cluster, "logs", "1", "--failed").output
            #expect(failures == "FAILED 2 (exit code 1; artifact_1_0)\nout of 2\n")
            #expect(try await ask(cluster, "logs", "1", "--follow").output == failures)
            let setup = try await ask(cluster, "logs", "1", "--setup").output
            #expect(setup.hasPrefix("atomizer (exit code 0, ") && setup.contains("s)\n1\n2\n3\nsetup on "), "\(setup)")
            #expect(setup.contains("\nset up\n"))

            try await cluster.idle()
            let slaves = try await ask(cluster, "slaves").output
            #expect(slaves.contains("idle"), "\(slaves)")
            #expect(try await ask(cluster, "slaves", "--json").output.hasPrefix("{\"slaves\":[{"))
            let unknown = try await ask(cluster, "status", "7")
            #expect(unknown.code == 2 && unknown.output.contains("Invalid build id: 7."))
        }
    }

    @Test func `Each run of a flaky atom can be looked at`() async throws {
        try await RunningCluster.with { cluster in
            let ran = "\(cluster.scratch)/ran"
            let command = "if [ -e \(ran) ]; then echo second; else touch \(ran); echo first; exit 3; fi"
            let job: JSONValue = [
                "commands": [.string("echo $N > \"$ARTIFACT_DIR/n\"; \(command)")], "atomizers": [["N": "seq 1"]],
                "retries": 1,
            ]
            let build = try await cluster.request(try cluster.inline(job, named: "Unit"))
            _ = try await cluster.ended(build)
            #expect(try await ask(cluster, "logs", "1", "--atom", "0/0").output == "second\n")
            #expect(try await ask(cluster, "logs", "1", "--atom", "0/0", "--attempt", "1").output == "first\n")
            #expect(try await ask(cluster, "logs", "1", "--atom", "0/0", "--attempt", "2").output == "second\n")
            let json = try await ask(cluster, "logs", "1", "--atom", "0/0", "--attempt", "1", "--json").output
            #expect(json.contains("\"exit_code\":3") && json.contains("\"content\":\"first\\n\""), "\(json)")
            let third = try await ask(cluster, "logs", "1", "--atom", "0/0", "--attempt", "3")
            #expect(third.code == 2 && third.output.contains("has no attempt 3; the last one is 2."), "\(third.output)")
            for (arguments, reason) in [
                (["--attempt", "1"], "--attempt needs --atom"), (["--atom", "0/0", "--attempt", "0"], "from 1 on"),
                (["--atom", "0/0", "--attempt", "1", "--follow"], "only the last run can be followed"),
            ] {
                let (code, output) = try await cluster.run(["logs", "1"] + arguments + options(cluster))
                #expect(code == 2 && output.contains(reason), "\(output)")
            }
        }
    }

    @Test func `retry builds the failed atoms of the commit that was built, though the branch has moved`() async throws
    {
        try await RunningCluster.with { cluster in
            let repository = "\(cluster.scratch)/repository"
            let job = "Tests: {commands: [\"cat word; [ $N != 2 ]\"], atomizers: [{N: seq 3}]}"
            try await Project(jobFile: job, files: ["word": "old\n"]).commit(to: repository)
            let fields: [String: JSONValue] = [
                "type": "git", "url": .string("file://\(repository)"), "job_name": "Tests",
            ]
            _ = try await cluster.run(fields)
            try await Project(jobFile: job, files: ["word": "new\n"]).commit(to: repository)
            let early = try await ask(cluster, "retry", "9", "--failed")
            #expect(early.code == 2)
            let (code, output) = try await ask(cluster, "retry", "1", "--failed", "--detach")
            #expect(code == 0)
            #expect(output.hasPrefix("Build 2, of the failed atoms of build 1, is queued at 127.0.0.1:"), "\(output)")
            let build = try await cluster.ended(2)
            #expect(build["num_atoms"] == 1 && build["status"] == "FAILURE")
            #expect(try await cluster.http.get("/v1/build/2/subjob/0/atom/0/console")["content"] == "old\n")
        }
    }

    @Test func `logs follow an atom and cancel ends it`() async throws {
        try await RunningCluster.with(executors: 1) { cluster in
            let started = try NamedPipe("\(cluster.scratch)/started")
            let job: JSONValue = [
                "commands": [.string("echo begun; echo > '\(started.path)'; sleep 1000")],
                "atomizers": [["N": "echo 1"]],
            ]
            _ = try await cluster.request(try cluster.inline(job))
            _ = try await started.read()
            let logs = try cluster.start("logs", ["logs", "1", "--atom", "0/0", "--follow"] + options(cluster))
            _ = try await logs.line(after: "begun")
            let watch = try cluster.start("watch", ["watch", "1"] + options(cluster))
            _ = try await watch.line(after: "Build 1 of job \"Tests\" is building at 127.0.0.1:")
            let (code, output) = try await ask(cluster, "cancel", "1")
            #expect(code == 0)
            #expect(output == "Build 1 is canceled.\n")
            #expect(try await logs.exitCode() == 0)
            #expect(try await ask(cluster, "cancel", "1").output == "Build 1 had ended before.\n")
            #expect(try await watch.exitCode() == 3, "\(watch.output)")
            #expect(watch.output.contains("\nBuild 1 was canceled.\n"), "\(watch.output)")
        }
    }

    @Test func `build goes on watching over a restart of the master, and names its dashboard`() async throws {
        try await RunningCluster.with(executors: 1) { cluster in
            let (started, go) = try (NamedPipe("\(cluster.scratch)/started"), NamedPipe("\(cluster.scratch)/go"))
            let directory = "\(cluster.scratch)/project"
            let script = "[ $N = 1 ] && exit 3; echo > '\(started.path)'; cat '\(go.path)'"
            try Project(jobFile: "Tests: {commands: [\"\(script)\"], atomizers: [{N: seq 2}]}").write(to: directory)
            let build = try cluster.start("build", ["build"] + options(cluster), in: directory)
            _ = try await started.read()
            try await build.prints("FAILED 1 (exit code 3; artifact_0_0)\n", after: 0)
            let master = try #require(cluster.master)
            master.send(SIGKILL)
            try await master.exitCode()
            try await build.prints("Build 1: the master does not answer, trying again.\n", after: 0)
            try await cluster.startMaster(port: cluster.port)
            try await build.prints("Build 1: the master answers again.\n", after: 0)
            try await go.write("through the restart")
            #expect(try await build.exitCode() == 1, "\(build.output)")
            // Printed when it happened; neither in the report again, nor because the master is another.
            #expect(build.output.components(separatedBy: "FAILED").count == 2, "\(build.output)")
            let link = "Dashboard: http://127.0.0.1:\(cluster.port)/dashboard/builds/1\n"
            let rerun =
                "Run what failed again: clusterrunner build \(options(cluster).joined(separator: " ")) --failed\n"
            let end = "Build 1 failed, 1 of 2 atoms. Results: \(directory)/build_results\n\(link)\(rerun)"
            #expect(build.output.hasSuffix(end), "\(build.output)")
        }
    }
}
