import Foundation
import Testing

@Suite(.timeLimit(.minutes(20)))
struct OfflineVerbTests {
    @Test func `check shows what a valid job file would run`() async throws {
        try await RunningCluster.withNothing { cluster in
            let (code, output) = try await cluster.run(["check", try example("directory-project")])
            #expect(code == 0)
            #expect(output.contains("one-fails:\n"))
            #expect(output.contains("  atoms, as NUMBER: seq 1 5\n"))
            #expect(output.contains("  limits: at most 2 executors, 60 s per atom\n"))
            #expect(output.hasSuffix("clusterrunner.yaml is valid: 2 jobs.\n"), "\(output)")
        }
    }

    @Test func `check runs the atomizers and plans by what builds took before`() async throws {
        try await RunningCluster.withNothing { cluster in
            let config = try cluster.embeddedConfiguration()
            let job = "Tests: {commands: [sleep 0.2], atomizers: [{N: cat atoms}]}"
            let directory = "\(cluster.scratch)/project"
            try Project(jobFile: job, files: ["atoms": "a\nb\nc\nd\n"]).write(to: directory)
            let before = try await cluster.run(["check", "-e", "2", "--config-file", config], in: directory)
            #expect(before.code == 0, "\(before.output)")
            #expect(
                before.output.contains(
                    "  4 atoms\n  expected time with 2 executors: unknown, none of them has a history\n"
                )
            )
            #expect(try await cluster.run(["build", "--config-file", config], in: directory).code == 0)
            try Project(jobFile: job, files: ["atoms": "a\nnew\n"]).write(to: directory)
            let after = try await cluster.run(["check", "-e", "2", "--config-file", config], in: directory)
            #expect(after.output.contains("  2 atoms, 1 of them new\n"), "\(after.output)")
            // The durations of the atoms depend on the machine.
            let forecast = #/expected time with 2 executors: about \d+:\d\d \(\d+:\d\d of work\)\n/#
            #expect(after.output.contains(forecast), "\(after.output)")
            #expect(after.output.contains(/longest atom: \d+\.\d\d s,/), "\(after.output)")
            #expect(after.output.contains("WARNING: build 1 had 4 atoms, and now there are 2."))
            let json = try await cluster.run(["check", "--json", "--config-file", config], in: directory)
            #expect(json.output.contains("\"num_new_atoms\":1"), "\(json.output)")
            let longest = try #require(json.output.firstMatch(of: /"longest_seconds":(\d+\.\d+)/), "\(json.output)")
            #expect(try #require(Double(longest.1)) >= 0.2, "\(json.output)")
        }
    }

    @Test func `check shows what an atomizer printed that fails`() async throws {
        try await RunningCluster.withNothing { cluster in
            try Project(jobFile: "Tests: {commands: [exit 0], atomizers: [{N: echo why; exit 3}]}").write(
                to: cluster.scratch
            )
            let config = try cluster.embeddedConfiguration()
            let (code, output) = try await cluster.run(["check", "--config-file", config])
            #expect(code == 2)
            #expect(
                output.contains("The atomizer of N failed with exit code 3. Command: echo why; exit 3\nOutput: why"),
                "\(output)"
            )
        }
    }

    @Test func `check names every mistake of a job file and exits with 2`() async throws {
        try await RunningCluster.withNothing { cluster in
            try Project(jobFile: "Tests:\n  comands: [exit 0]\n  retries: -1\n").write(to: cluster.scratch)
            let (code, output) = try await cluster.run(["check"])
            #expect(code == 2)
            for text in ["has 4 errors.", "comands", "did you mean \"commands\"?", "retries", "atomizers"] {
                #expect(output.contains(text), "\(output)")
            }
            #expect(try await cluster.run(["check", "nowhere"]).output.contains("There is nothing at nowhere."))
        }
    }

    @Test func `The version is printed on standard output`() async throws {
        try await RunningCluster.withNothing { cluster in
            let (code, output) = try await cluster.run(["--version"])
            #expect(code == 0)
            #expect(output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil, "\(output)")
        }
    }

    @Test func `The completions are a script that bash takes`() async throws {
        try await RunningCluster.withNothing { cluster in
            let (code, output) = try await cluster.run(["completions", "bash"])
            #expect(code == 0)
            try Data(output.utf8).write(to: URL(filePath: "\(cluster.scratch)/completions"))
            let registered = try await shell("source completions; complete -p clusterrunner", in: cluster.scratch)
            #expect(registered.hasSuffix(" clusterrunner"))
            #expect(try await cluster.run(["completions", "tcsh"]).code == 2)
        }
    }

    @Test func `Builds, jobs and slaves complete`() async throws {
        try await RunningCluster.with(slaves: 1) { cluster in
            let project = "\(cluster.scratch)/project"
            try Project(jobFile: "Unit: {commands: [\"true\"], atomizers: [{T: echo 1}]}\n").write(to: project)
            let config = try cluster.writeConfiguration("client")
            let master = ["--config-file", config, "--master-url", "127.0.0.1:\(cluster.port)"]
            #expect(try await cluster.run(["build"] + master, in: project).code == 0)
            func complete(_ verb: String, _ place: String, in directory: String? = nil) async throws -> String {
                let words = ["clusterrunner", verb] + master + [""]
                let arguments = ["---completion", verb, "--", place, "\(words.count - 1)", "0"] + words
                let output = try await cluster.run(arguments, in: directory ?? cluster.scratch).output
                return output.trimmingCharacters(in: .newlines)
            }
            #expect(try await complete("watch", "positional@0") == "1")
            #expect(try await complete("history", "positional@0") == "Unit")
            #expect(try await complete("slaves", "positional@1") == ProcessInfo.processInfo.hostName)
            #expect(try await complete("build", "--job-name", in: project) == "Unit")
            #expect(try await complete("build", "--job-name") == "")
        }
    }

    @Test func `A configuration that others can read is refused`() async throws {
        try await RunningCluster.withNothing { cluster in
            let config = try cluster.writeConfiguration("open")
            try await shell("chmod 644 open.conf", in: cluster.scratch)
            let (code, output) = try await cluster.run(["master", "--port", "0", "--config-file", config])
            #expect(code == 2)
            #expect(output.contains(config))
            #expect(output.contains("chmod 600"), "\(output)")
        }
    }
}
