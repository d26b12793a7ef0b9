import ClusterRunnerPlugin
import Foundation
import Testing

@Suite(.timeLimit(.minutes(20)))
struct EmbeddedBuildTests {
    @Test func `A build without a master succeeds and leaves its results`() async throws {
        try await RunningCluster.withNothing { cluster in
            let (code, output) = try await cluster.run(
                [
                    "build", "directory", "--project-directory", try example("directory-project"),
                    "--job-name", "messages", "--config-file", try cluster.embeddedConfiguration(),
                ]
            )
            #expect(code == 0, "\(output)")
            #expect(output.contains("Build 1 passed, 10 of 10 atoms. Results: \(cluster.scratch)/build_results\n"))
            let files = try ArtifactTree.read("\(cluster.scratch)/build_results")
            #expect(files.count == 10 * 5 + 2)
            #expect(files["artifact_9_0/result.txt"] == Data("The artifact of atom number 10.\n".utf8))
        }
    }

    @Test func `Atomizers and commands are told where the master listens`() async throws {
        try await RunningCluster.withNothing { cluster in
            let job =
                "Tests:\n  commands: ['[ $T = $CLUSTERRUNNER_MASTER_URL ]']\n  atomizers: [{T: 'echo $CLUSTERRUNNER_MASTER_URL'}]"
            try Project(jobFile: job + "\n").write(to: "\(cluster.scratch)/project")
            let arguments = ["build", "--config-file", try cluster.embeddedConfiguration()]
            let (code, output) = try await cluster.run(arguments, in: "\(cluster.scratch)/project")
            #expect(code == 0, "\(output)")
            #expect(!output.contains(":0\""), "\(output)")
        }
    }

    @Test func `A failing job exits with 1 and shows what failed`() async throws {
        try await RunningCluster.withNothing { cluster in
            let (code, output) = try await cluster.run(
                [
                    "build", "directory", "--project-directory", try example("directory-project"),
                    "--job-name", "one-fails", "--config-file", try cluster.embeddedConfiguration(),
                ]
            )
            #expect(code == 1, "\(output)")
            #expect(output.contains("FAILED 3 (exit code 1; artifact_2_0)\n    Checking 3.\n"))
            #expect(output.components(separatedBy: "FAILED").count == 2, "\(output)")
            #expect(!output.contains("Checking 2."))
            #expect(output.contains("Run what failed again: clusterrunner build directory --project-directory "))
            #expect(output.hasSuffix(" --failed\n"), "\(output)")
            #expect(output.contains("Build 1 failed, 1 of 5 atoms."))
            let failures = try ArtifactTree.read("\(cluster.scratch)/build_results")["failures.txt"]
            #expect(failures == Data("artifact_2_0\n".utf8))
        }
    }

    /// Returns the words before a command that run it without the right to read everything; empty for an ordinary user.
    private func entranceOfPlainUser(_ cluster: RunningCluster) async throws -> [String] {
        guard geteuid() == 0 else { return [] }
        let words = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        try await shell("chown -R 65534:65534 .", in: cluster.scratch)
        try await shell("\(words.joined(separator: " ")) test -x '\(try Product.path())'", in: cluster.scratch)
        return words
    }

    @Test func `A job cannot read the environment or the memory of the process that runs it`() async throws {
        try await RunningCluster.withNothing { cluster in
            let directory = "\(cluster.scratch)/project"
            let command = "for f in environ mem maps; do head -c 1 /proc/$PPID/$f && exit 1; done; true"
            let job = "Tests:\n  commands: ['\(command)']\n  atomizers: [{N: 'echo 1'}]\n"
            try Project(jobFile: job).write(to: directory)
            let config = try cluster.embeddedConfiguration()
            let entrance = try await entranceOfPlainUser(cluster)
            let arguments = ["build", "--config-file", config]
            let build = try cluster.start("build", arguments, in: directory, through: entrance)
            #expect(try await build.exitCode() == 0, "\(build.output)")
        }
    }

    @Test func `A bad job file exits with 2 and all its mistakes`() async throws {
        try await RunningCluster.withNothing { cluster in
            let directory = "\(cluster.scratch)/a project"
            try Project(jobFile: "Tests:\n  comands: [exit 0]\n  atomizers: 7\n").write(to: directory)
            // The only job needs no name, and the project is the current directory.
            let config = try cluster.embeddedConfiguration()
            let (code, output) = try await cluster.run(["build", "--config-file", config], in: directory)
            #expect(code == 2, "\(output)")
            #expect(output.contains("clusterrunner.yaml:2:3: job \"Tests\": key \"comands\""), "\(output)")
            #expect(output.contains("clusterrunner.yaml:3:"))
        }
    }

    @Test func `An interrupt cancels the build, ends all its processes, and exits with 130`() async throws {
        try await RunningCluster.withNothing { cluster in
            let started = try NamedPipe("\(cluster.scratch)/started")
            let directory = "\(cluster.scratch)/project"
            let script = "sleep 1000 & echo $$ $! > '\(started.path)'; wait"
            try Project(jobFile: "Tests: {commands: [\"\(script)\"], atomizers: [{N: seq 2}]}").write(to: directory)
            let config = try cluster.embeddedConfiguration()
            let arguments = ["build", "--num-executors", "1", "--config-file", config]
            let build = try cluster.start("clusterrunner build", arguments, in: directory)
            let processes = try await started.read().split(separator: " ").compactMap { pid_t($0) }
            build.send(SIGINT)
            #expect(try await build.exitCode() == 130, "\(build.output)")
            #expect(build.output.contains("build 1 is being canceled."))
            #expect(processes.count == 2)
            #expect(processes.map(Processes.isRunning) == [false, false])
        }
    }

    @Test func `A build whose process was killed is not taken up by the next one`() async throws {
        try await RunningCluster.withNothing { cluster in
            let started = try NamedPipe("\(cluster.scratch)/started")
            let job = "Tests: {commands: [\"echo $$ > '\(started.path)'; sleep 1000\"], atomizers: [{N: seq 3}]}"
            try Project(jobFile: job).write(to: "\(cluster.scratch)/killed")
            let next = Project(jobFile: "Tests: {commands: [echo $N], atomizers: [{N: seq 2}]}")
            try next.write(to: "\(cluster.scratch)/next")
            let arguments = ["build", "--num-executors", "1", "--config-file", try cluster.embeddedConfiguration()]
            let killed = try cluster.start("the killed build", arguments, in: "\(cluster.scratch)/killed")
            _ = try await started.read()
            killed.send(SIGKILL)
            _ = try await killed.exitCode()
            let (code, output) = try await cluster.run(arguments, in: "\(cluster.scratch)/next")
            #expect(code == 0, "\(output)")
            #expect(output.contains("Build 2 passed, 2 of 2 atoms."))
        }
    }

    @Test func `A master that was named but does not answer is an error, not a reason to build here`() async throws {
        try await RunningCluster.withNothing { cluster in
            let config = try cluster.embeddedConfiguration()
            let (code, output) = try await cluster.run(
                [
                    "build", "--master-url", "127.0.0.1:1", "--config-file", config,
                ],
                in: try example("directory-project")
            )
            #expect(code == 2)
            #expect(output.contains("127.0.0.1:1"), "\(output)")
        }
    }

    @Test func `A build on a running master shows its progress and its results`() async throws {
        try await RunningCluster.with { cluster in
            let fields = try await cluster.git(
                Project(jobFile: "Tests: {commands: [echo $N], atomizers: [{N: seq 3}]}")
            )
            let url = try #require(fields["url"]?.string)
            let (code, output) = try await cluster.run(
                [
                    "build", "git", "--url", url, "--job-name", "Tests", "--master-url", "127.0.0.1:\(cluster.port)",
                    "--config-file", "\(cluster.scratch)/master.conf",
                ]
            )
            #expect(code == 0, "\(output)")
            #expect(output.contains("Build 1 of job \"Tests\" is queued at 127.0.0.1:\(cluster.port)."))
            #expect(output.contains("Build 1 passed, 3 of 3 atoms."))
        }
    }

    @Test func `A configured master that does not answer is told, and required it is an error`() async throws {
        try await RunningCluster.withNothing { cluster in
            let config = try cluster.embeddedConfiguration()
            let project = "\(cluster.scratch)/project"
            try Project(jobFile: "Tests: {commands: [echo $N], atomizers: [{N: seq 1}]}").write(to: project)
            let notice = "No master answers at localhost:1: Connection refused."
            let here = try await cluster.run(["build", "--config-file", config], in: project)
            #expect(here.code == 0, "\(here.output)")
            #expect(here.output.contains("\(notice) The build runs on this machine.\n"), "\(here.output)")
            let local = try await cluster.run(["build", "--local", "--config-file", config], in: project)
            #expect(local.code == 0)
            #expect(!local.output.contains("No master answers"), "\(local.output)")
            let required = try await cluster.run(["build", "--cluster", "--config-file", config], in: project)
            #expect(required.code == 2)
            #expect(required.output == "clusterrunner: \(notice)\n")
        }
    }

    @Test func `A misspelt job leaves the results of the build before, and foreign files stop a build`() async throws {
        try await RunningCluster.withNothing { cluster in
            let config = try cluster.embeddedConfiguration()
            let project = "\(cluster.scratch)/project"
            let file = "\(cluster.scratch)/ran"
            try Project(jobFile: "Tests: {commands: ['echo >> \(file)'], atomizers: [{N: seq 1}]}").write(to: project)
            func build(_ options: String...) async throws -> (code: Int32, output: String) {
                try await cluster.run(["build", "--local", "--config-file", config] + options, in: project)
            }
            #expect(try await build().code == 0)
            let results = "\(project)/build_results"
            let before = try ArtifactTree.read(results)
            let misspelt = try await build("--job-name", "Tset")
            #expect(misspelt.code == 2)
            #expect(
                misspelt.output.hasSuffix("(only junit.xml and ctrf.json; the other files are from an earlier build)\n")
            )
            var after = try ArtifactTree.read(results)
            #expect(after["junit.xml"] != before["junit.xml"])
            for report in ["junit.xml", "ctrf.json"] { after[report] = before[report] }
            #expect(after == before)
            try Data("mine".utf8).write(to: URL(filePath: "\(results)/notes"))
            #expect(try await build().code == 2)
            #expect(try Data(contentsOf: URL(filePath: file)) == Data("\n".utf8))
            let elsewhere = try await build("--results", "elsewhere", "--results-for", "failed")
            #expect(elsewhere.code == 0, "\(elsewhere.output)")
            #expect(try ArtifactTree.read("\(project)/elsewhere").keys.sorted() == ["ctrf.json", "junit.xml"])
        }
    }

    @Test func `Every early error of a command is a sentence and the code 2`() async throws {
        try await RunningCluster.withNothing { cluster in
            let config = try cluster.embeddedConfiguration()
            let commands = [
                ["build", "-e", "9999999999"], ["build", "-e", "-1"], ["check", "-e", "9223372036854775808"],
                ["slave", "--port", "99999"], ["slave", "--master-url", "::1", "--config-file", config],
                ["slave", "-e", "1e9", "--config-file", config], ["master", "--port", "-1"],
                ["slave", "--config-file", "/nowhere"], ["stop", "--timeout", "9223372036854775807"],
                ["status", "--config-file", config], ["shutdown", "-a", "--config-file", config],
                ["build", "--local", "--cluster"], ["build", "--results", ""], ["build", "--results-for", "some"],
            ]
            for command in commands {
                let (code, output) = try await cluster.run(command)
                #expect(code == 2, "\(command): \(output)")
                #expect(!output.contains("Fatal error"), "\(command): \(output)")
            }
        }
    }
}
