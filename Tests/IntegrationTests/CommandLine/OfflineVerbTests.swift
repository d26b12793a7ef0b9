import Foundation
import Testing

@Suite(.timeLimit(.minutes(3)))
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
