import ClusterRunnerPlugin
import Foundation
import Testing

/// Builds of a key, as the parallel jobs of a CI system run them.
@Suite(.timeLimit(.minutes(20)))
struct JoinTests {
    /// A job whose atoms wait until the pipe `go` has a line for each.
    private static let waiting = """
        Tests: {commands: ['echo "$ATOM_ID" > "$ARTIFACT_DIR/id"; read -r _ < GO'], atomizers: [T: seq 4]}

        """

    /// The jobs of one pipeline, with a master on a port that is free.
    private struct Pipeline {
        let cluster: RunningCluster
        let port: Int

        init(_ cluster: RunningCluster, jobFile: String) async throws {
            self.cluster = cluster
            try Project(jobFile: jobFile).write(to: "\(cluster.scratch)/project")
            let script = "import socket; s=socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])"
            port = try #require(Int(try await shell("python3 -c \"\(script)\"", in: cluster.scratch)))
        }

        /// Starts the first job.
        func build(_ arguments: [String] = [], key: String = "pipeline-7") throws -> RunningProgram {
            let config = try cluster.writeConfiguration("first")
            return try cluster.start(
                "build",
                ["build", "--build-key", key, "--master-port", "\(port)", "-e", "1", "--config-file", config]
                    + arguments,
                in: "\(cluster.scratch)/project"
            )
        }

        /// Starts another job.
        func slave(
            _ name: String,
            _ arguments: [String] = [],
            key: String = "pipeline-7",
            settings: String = ""
        ) throws -> RunningProgram {
            let config = try cluster.writeConfiguration(name, settings)
            let address = "127.0.0.1:\(port)"
            return try cluster.start(
                name,
                ["slave", "--for-build", key, "--master-url", address, "-e", "1", "--config-file", config] + arguments
            )
        }
    }

    private func withPipeline(_ jobFile: String, _ body: (Pipeline) async throws -> Void) async throws {
        try await RunningCluster.withNothing { cluster in
            try await body(try await Pipeline(cluster, jobFile: jobFile))
        }
    }

    /// Gives the atoms that wait for a line in a pipe one each, during `body`.
    private static func withLines(in pipe: NamedPipe, _ body: () async throws -> Int32) async throws
        -> Int32
    {
        // Open for both, so that lines stay in the pipe until they are read.
        let descriptor = open(pipe.path, O_RDWR | O_CLOEXEC)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let lines = Array(String(repeating: "go\n", count: 20).utf8)
        #expect(write(descriptor, lines, lines.count) == lines.count)
        return try await body()
    }

    @Test func `Parallel jobs become one cluster, and leave with the build`() async throws {
        // Each atom waits for the other one, and each job has one executor, so that it takes two of them.
        let job = """
            Tests:
              commands:
              - if [ $T = a ]; then echo a > SCRATCH/a; read -r _ < SCRATCH/b; fi
              - if [ $T = b ]; then read -r _ < SCRATCH/a; echo b > SCRATCH/b; fi
              atomizers: [T: 'echo a; echo b']

            """
        try await withPipeline(job) { pipeline in
            let scratch = pipeline.cluster.scratch
            try await shell("mkfifo a b; sed -i 's|SCRATCH|\(scratch)|g' project/clusterrunner.yaml", in: scratch)
            // The host of the first job's own slave has that name, too.
            let slave = try pipeline.slave("second", settings: "[slave]\nhostname = localhost")
            let build = try pipeline.build(["--wait-for-slaves", "1"])
            #expect(try await build.exitCode() == 0, "\(build.output)\n\(slave.output)")
            #expect(build.output.contains("1 slave connected. The build begins."), "\(build.output)")
            #expect(try await slave.exitCode() == 0, "\(slave.output)")
            #expect(slave.output.contains("of key pipeline-7 has ended: passed."), "\(slave.output)")
        }
    }

    @Test func `A failed build fails its first job, and others that are asked to exit as it does`() async throws {
        try await withPipeline("Tests: {commands: ['false'], atomizers: [T: echo a]}\n") { pipeline in
            let share = try pipeline.slave("share")
            let strict = try pipeline.slave("strict", ["--exit-as-build"])
            let build = try pipeline.build(["--wait-for-slaves", "2"])
            #expect(try await build.exitCode() == 1, "\(build.output)")
            #expect(try await [share.exitCode(), strict.exitCode()] == [0, 1], "\(share.output)\(strict.output)")
        }
    }

    @Test func `A slave of another key stays out, and says so when its wait is over`() async throws {
        try await withPipeline(Self.waiting) { pipeline in
            let go = try NamedPipe("\(pipeline.cluster.scratch)/go")
            let file = "\(pipeline.cluster.scratch)/project/clusterrunner.yaml"
            try await shell("sed -i 's|GO|\(go.path)|' \(file)", in: "/")
            let build = try pipeline.build()
            _ = try await build.line(after: "is queued at")
            let other = try pipeline.slave("other", ["--wait", "1"], key: "pipeline-8")
            #expect(try await other.exitCode() == 2, "\(other.output)")
            let reason = "has another build key or another secret."
            #expect(other.output.contains(reason), "\(other.output)")
            let late = try pipeline.slave("late", ["--wait", "1", "--allow-late"], key: "pipeline-8")
            #expect(try await late.exitCode() == 0, "\(late.output)")
            #expect(late.output.contains("This job has nothing to do."), "\(late.output)")
            let code = try await Self.withLines(in: go) { try await build.exitCode() }
            #expect(code == 0, "\(build.output)")
        }
    }

    @Test func `A key that nobody uses costs the wait and no more`() async throws {
        try await withPipeline("Tests: {commands: ['true'], atomizers: [T: echo a]}\n") { pipeline in
            let build = try pipeline.build(["--wait-for-slaves", "2", "--slave-wait", "1"])
            #expect(try await build.exitCode() == 0, "\(build.output)")
            #expect(
                build.output.contains("0 of 2 slaves connected within 1 s. The build begins without"),
                "\(build.output)"
            )
            let late = try pipeline.slave("late", ["--wait", "1"])
            #expect(try await late.exitCode() == 2)
            #expect(late.output.contains("There was no master of build key pipeline-7 at 127.0.0.1:"), "\(late.output)")
        }
    }

    @Test func `The work of a lost job is done by others`() async throws {
        try await withPipeline(Self.waiting) { pipeline in
            let go = try NamedPipe("\(pipeline.cluster.scratch)/go")
            let file = "\(pipeline.cluster.scratch)/project/clusterrunner.yaml"
            try await shell("sed -i 's|GO|\(go.path)|' \(file)", in: "/")
            let slave = try pipeline.slave("lost")
            let build = try pipeline.build(["--wait-for-slaves", "1"])
            _ = try await build.line(after: "2 running")
            slave.send(SIGKILL)
            _ = try await slave.exitCode()
            // The killed slave's command still waits, too.
            let code = try await Self.withLines(in: go) { try await build.exitCode() }
            #expect(code == 0, "\(build.output)")
        }
    }

    @Test func `A master that is killed ends its slaves with a sentence`() async throws {
        try await withPipeline(Self.waiting) { pipeline in
            let go = try NamedPipe("\(pipeline.cluster.scratch)/go")
            let file = "\(pipeline.cluster.scratch)/project/clusterrunner.yaml"
            try await shell("sed -i 's|GO|\(go.path)|' \(file)", in: "/")
            let settings = "heartbeat_interval = 1\nheartbeat_failure_threshold = 2"
            let slave = try pipeline.slave("second", settings: settings)
            let build = try pipeline.build(["--wait-for-slaves", "1"])
            _ = try await build.line(after: "2 running")
            build.send(SIGKILL)
            #expect(try await slave.exitCode() == 2, "\(slave.output)")
            #expect(slave.output.contains("away"), "\(slave.output)")
            // The commands of the killed master end, too.
            try await shell("for n in 1 2; do timeout 1 sh -c 'echo go > \(go.path)' || true; done", in: "/")
        }
    }

    @Test(arguments: [([], 2, "See the first job."), (["--allow-late"], 0, "This job has nothing to do.")])
    func `A master that is killed before it had a build is no build that has ended`(
        options: [String],
        code: Int32,
        sentence: String
    ) async throws {
        try await withPipeline(Self.waiting) { pipeline in
            let settings = "heartbeat_interval = 1\nheartbeat_failure_threshold = 2"
            let slave = try pipeline.slave("early", options, settings: settings)
            let build = try pipeline.build(["--wait-for-slaves", "2"])
            _ = try await build.line(after: "1 of 2 slaves connected")
            build.send(SIGKILL)
            #expect(try await slave.exitCode() == code, "\(slave.output)")
            let lost = "went away without a build of key pipeline-7 for this slave. \(sentence)"
            #expect(slave.output.contains(lost), "\(slave.output)")
        }
    }

    @Test func `The secret comes from a file of the CI system, and a new one is refused`() async throws {
        try await withPipeline("Tests: {commands: ['true'], atomizers: [T: echo a]}\n") { pipeline in
            let scratch = pipeline.cluster.scratch
            try await shell("printf '%s\\n' 'the secret of CI' > secret", in: scratch)
            let port = "\(pipeline.port)"
            let entrance = ["/usr/bin/env", "CLUSTERRUNNER_SECRET_FILE=\(scratch)/secret"]
            let arguments = ["build", "--build-key", "k", "--master-port", port, "--wait-for-slaves", "1", "-e", "1"]
            let build = try pipeline.cluster.start("build", arguments, in: "\(scratch)/project", through: entrance)
            let words = ["slave", "--for-build", "k", "--master-url", "127.0.0.1:\(port)"]
            let slave = try pipeline.cluster.start("slave", words, through: entrance)
            #expect(try await build.exitCode() == 0, "\(build.output)")
            #expect(try await slave.exitCode() == 0, "\(slave.output)")
            try FileManager.default.createDirectory(atPath: "\(scratch)/new", withIntermediateDirectories: true)
            let new = try pipeline.cluster.start("new", words, in: "\(scratch)/new")
            #expect(try await new.exitCode() == 2)
            #expect(new.output.contains("The jobs of a build need the same secret, and there is none on this machine."))
        }
    }
}
