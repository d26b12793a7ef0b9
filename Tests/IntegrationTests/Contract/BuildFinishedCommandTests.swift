import ClusterRunnerDomain
import ClusterRunnerPlugin
import Foundation
import Testing

/// The command `on_build_finished`, run by the real program.
@Suite(.timeLimit(.minutes(20)))
struct BuildFinishedCommandTests {
    private let job: JSONValue = ["commands": ["true"], "atomizers": [["N": "echo 1"]]]

    private func with(
        _ command: (RunningCluster) throws -> String,
        settings: String = "",
        _ body: (RunningCluster, String) async throws -> Void
    ) async throws {
        try await RunningCluster.withNothing { cluster in
            let script = "\(cluster.scratch)/hook.sh"
            try command(cluster).write(toFile: script, atomically: true, encoding: .utf8)
            let notify = "[notify]\non_build_finished = bash '\(script)'\n\(settings)"
            try await cluster.startMaster(settings: notify)
            try await cluster.addSlave(executors: 1)
            try await body(cluster, notify)
        }
    }

    @Test func `The command gets the build in variables and in a file, and no secret`() async throws {
        try await with { cluster in
            """
            env | grep ^CLUSTERRUNNER_ | grep -v _COOKIE | sort > '\(cluster.scratch)/variables'
            cat "$CLUSTERRUNNER_BUILD_FILE" > '\(cluster.scratch)/file'
            echo done > '\(cluster.scratch)/pipe'
            """
        } _: { cluster, _ in
            let pipe = try NamedPipe("\(cluster.scratch)/pipe")
            let failing: JSONValue = ["commands": ["false"], "atomizers": [["N": "echo 1"]]]
            let fields = try cluster.inline(failing, named: "It's; $(a)")
            let build = try await cluster.request(fields)
            #expect(try await pipe.read() == "done")
            let variables = try String(contentsOfFile: "\(cluster.scratch)/variables", encoding: .utf8)
            let folder = "\(cluster.scratch)/master/master/endings/\(build)"
            let master = "http://127.0.0.1:\(cluster.port)"
            #expect(
                variables == """
                    CLUSTERRUNNER_BUILD_FILE=\(folder)/build.json
                    CLUSTERRUNNER_BUILD_ID=\(build)
                    CLUSTERRUNNER_BUILD_RESULT=FAILURE
                    CLUSTERRUNNER_BUILD_STATE=FINISHED
                    CLUSTERRUNNER_BUILD_URL=\(master)/dashboard/builds/\(build)
                    CLUSTERRUNNER_JOB_NAME=It's; $(a)
                    CLUSTERRUNNER_MASTER_URL=\(master)

                    """
            )
            let file = try Data(contentsOf: URL(filePath: "\(cluster.scratch)/file"))
            let json = try JSONDecoder().decode(JSONValue.self, from: file)
            #expect(json["build"] == (try await cluster.http.get("/v1/build/\(build)")["build"]))
            #expect(json["build"]["failed_atoms"].array?.count == 1)
        }
    }

    @Test(arguments: ["a\0b", String(repeating: "x", count: 300_000)])
    func `A name that no variable can hold is cut there, and whole in the file`(name: String) async throws {
        try await with { cluster in
            "printf %s \"$CLUSTERRUNNER_JOB_NAME\" > '\(cluster.scratch)/pipe'"
        } _: { cluster, _ in
            let pipe = try NamedPipe("\(cluster.scratch)/pipe")
            _ = try await cluster.request(try cluster.inline(job, named: name))
            #expect(try await pipe.read() == String(name.filter { $0 != "\0" }.prefix(1000)))
        }
    }

    @Test func `A command that fails is a warning with its exit code and output, and is not run again`() async throws {
        try await with { cluster in
            "echo x >> '\(cluster.scratch)/runs'; echo on no account; exit 7"
        } _: { cluster, notify in
            let build = try await cluster.request(try cluster.inline(job))
            let master = try #require(cluster.master)
            let text = try await master.line(after: "on_build_finished of build \(build) failed with exit code 7. ")
            #expect(text.hasPrefix("It printed: on no account"))
            // The next one is run after the first is settled.
            let next = try await cluster.request(try cluster.inline(job))
            _ = try await master.line(after: "on_build_finished of build \(next) failed")
            try await restart(cluster, notify)
            let last = try await cluster.request(try cluster.inline(job))
            _ = try await cluster.master?.line(after: "on_build_finished of build \(last) failed")
            let runs = try String(contentsOfFile: "\(cluster.scratch)/runs", encoding: .utf8)
            #expect(runs == "x\nx\nx\n")
        }
    }

    private func restart(_ cluster: RunningCluster, _ notify: String, _ signal: Int32 = SIGTERM) async throws {
        let master = try #require(cluster.master)
        master.send(signal)
        _ = try await master.exitCode()
        try await cluster.startMaster(port: cluster.port, settings: notify)
    }

    @Test(arguments: [SIGKILL, SIGTERM])
    func `A command that the end of the master interrupted is run again by the next`(signal: Int32) async throws {
        try await with { cluster in
            """
            echo $$ > '\(cluster.scratch)/started'
            [ -e '\(cluster.scratch)/again' ] || { touch '\(cluster.scratch)/again'; exec sleep 600; }
            """
        } _: { cluster, notify in
            let started = try NamedPipe("\(cluster.scratch)/started")
            let build = try await cluster.request(try cluster.inline(job))
            let first = try #require(pid_t(try await started.read()))
            _ = try await cluster.ended(build)
            try await restart(cluster, notify, signal)
            let second = try #require(pid_t(try await started.read()))
            #expect(second != first && !Processes.isRunning(first))
        }
    }

    @Test(arguments: [
        ("sleep 600", "on_build_finished_timeout = 1", "was ended after 1.0 seconds"),
        ("yes", "on_build_finished_timeout = 100", "was ended: it printed more than 1 MiB."),
    ])
    func `A command that does not end, or prints without end, is ended`(
        command: String,
        settings: String,
        sentence: String
    ) async throws {
        try await with({ _ in command }, settings: settings) { cluster, _ in
            _ = try await cluster.request(try cluster.inline(job))
            _ = try await cluster.master?.line(after: "on_build_finished of build 1 \(sentence)")
        }
    }

    @Test func `The embedded cluster runs no command and posts nothing`() async throws {
        try await RunningCluster.withNothing { cluster in
            let (receiver, mark) = (try HookReceiver(), "\(cluster.scratch)/mark")
            defer { receiver.end() }
            let notify = "url = http://127.0.0.1:\(receiver.port)/\non_build_finished = touch '\(mark)'\n"
            let config = try cluster.writeConfiguration("embedded", "master_port = 1\n[notify]\n\(notify)")
            let text = "Tests:\n  commands: [\"true\"]\n  atomizers: [{T: \"seq 2\"}]\n"
            try Project(jobFile: text).write(to: "\(cluster.scratch)/project")
            let (code, output) = try await cluster.run(
                ["build", "--config-file", config],
                in: "\(cluster.scratch)/project"
            )
            #expect(code == 0, "\(output)")
            #expect(receiver.posts.isEmpty && !FileManager.default.fileExists(atPath: mark))
        }
    }
}
