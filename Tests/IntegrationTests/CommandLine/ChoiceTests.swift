import ClusterRunnerPlugin
import Foundation
import Testing

/// What a build runs of its job, on the embedded cluster.
@Suite(.timeLimit(.minutes(20)))
struct ChoiceTests {
    private static let jobFile = """
        Unit:
          commands: ['[ ! -e "$PROJECT_DIR/fails/$(basename "$T")" ]']
          atomizers: [{T: 'printf "%s\\n" tests/a_ui tests/b_ui tests/c tests/d'}]
        """

    /// Runs builds in a project of four atoms; an atom fails while there is a file of its name in `fails`.
    private func withProject(
        _ jobFile: String = Self.jobFile,
        _ body: (_ build: (String...) async throws -> (code: Int32, output: String), _ directory: String) async throws
            -> Void
    ) async throws {
        try await RunningCluster.withNothing { cluster in
            let directory = "\(cluster.scratch)/project"
            try Project(jobFile: jobFile + "\n").write(to: directory)
            let config = try cluster.embeddedConfiguration()
            func build(_ words: String...) async throws -> (code: Int32, output: String) {
                try await cluster.run(["build", "--config-file", config, "-e", "1"] + words, in: directory)
            }
            try await body(build, directory)
        }
    }

    @Test func `Atoms are chosen by value and by pattern, after the atomizer has listed them`() async throws {
        try await withProject { build, _ in
            let one = try await build("--atom", "tests/c")
            #expect(one.code == 0 && one.output.contains("passed, 1 of 1 atoms"), "\(one.output)")
            let several = try await build("--only", "*_ui", "--atom=tests/d")
            #expect(several.code == 0 && several.output.contains("passed, 3 of 3 atoms"), "\(several.output)")
            let unknown = try await build("--atom", "tests/cc")
            #expect(unknown.code == 2)
            #expect(
                unknown.output.contains("lists no atom \"tests/cc\". Did you mean \"tests/c\"?"),
                "\(unknown.output)"
            )
            let nothing = try await build("--only", "x*")
            #expect(nothing.code == 2)
            #expect(
                nothing.output.contains("No atom of the job \"Unit\" matches the pattern \"x*\"."),
                "\(nothing.output)"
            )
        }
    }

    @Test func `What failed stays known until it passes`() async throws {
        try await withProject { build, directory in
            let early = try await build("--failed")
            #expect(early.code == 2 && early.output.contains("it is not known what failed"), "\(early.output)")
            for name in ["a_ui", "d"] { try Project.touch("\(directory)/fails/\(name)") }
            #expect(try await build().output.contains("failed, 2 of 4 atoms"))
            try FileManager.default.removeItem(atPath: "\(directory)/fails/a_ui")
            #expect(try await build("--atom", "tests/a_ui").code == 0)
            let rest = try await build("--failed")
            #expect(rest.code == 1 && rest.output.contains("failed, 1 of 1 atoms"), "\(rest.output)")
            try FileManager.default.removeItem(atPath: "\(directory)/fails/d")
            let mended = try await build("--failed")
            #expect(mended.code == 0 && mended.output.contains("passed, 1 of 1 atoms"), "\(mended.output)")
            let nothing = try await build("--failed")
            #expect(nothing.code == 2 && nothing.output.contains("there is nothing to run"), "\(nothing.output)")
        }
    }

    @Test func `A build sets retries, the time limit and fail_fast otherwise than its job`() async throws {
        let flaky =
            "Unit: {commands: ['[ -e \"$PROJECT_DIR/$T\" ] || { touch \"$PROJECT_DIR/$T\"; false; }'], atomizers: [{T: seq 3}]}"
        try await withProject(flaky) { build, _ in
            let failed = try await build("--atom", "1", "--retries", "0")
            #expect(failed.code == 1, "\(failed.output)")
            let passed = try await build("--only", "[23]", "--retries", "1")
            #expect(passed.code == 0 && passed.output.contains("2 of 2 atoms, 2 flaky"), "\(passed.output)")
        }
        try await withProject("Unit: {commands: [sleep 1000], atomizers: [{T: seq 3}]}") { build, _ in
            let ended = try await build("--timeout", "0.2", "--fail-fast")
            #expect(ended.code == 1, "\(ended.output)")
            #expect(ended.output.contains("failed, 1 of 3 atoms, 2 never ran (fail_fast)"), "\(ended.output)")
        }
    }

    @Test func `Repeated atoms run as often as asked`() async throws {
        try await withProject { build, _ in
            let result = try await build("--repeat", "3", "--only", "*_ui")
            #expect(result.code == 0 && result.output.contains("passed, 6 of 6 atoms"), "\(result.output)")
        }
    }

    @Test func `A dry run shows the atoms with their times, and builds nothing`() async throws {
        try await withProject { build, directory in
            _ = try await build("--atom", "tests/c")
            try FileManager.default.removeItem(atPath: "\(directory)/build_results")
            let plan = try await build("--dry-run", "--only", "tests/[cd]")
            #expect(plan.code == 0)
            #expect(plan.output.contains("SECONDS  ATOM\n"), "\(plan.output)")
            #expect(plan.output.contains("new  tests/d\n2 atoms, 1 of them new\n"), "\(plan.output)")
            #expect(!FileManager.default.fileExists(atPath: "\(directory)/build_results"))
            let unknown = try await build("--dry-run", "--atom", "tests/x")
            #expect(unknown.code == 2 && unknown.output.contains("lists no atom \"tests/x\""), "\(unknown.output)")
        }
    }

    @Test func `The job file is found above the current directory, and results stay below it`() async throws {
        try await RunningCluster.withNothing { cluster in
            let directory = "\(cluster.scratch)/project"
            try Project(jobFile: Self.jobFile + "\n").write(to: directory)
            try Project.touch("\(directory)/sub/dir/file")
            let config = try cluster.embeddedConfiguration()
            let (code, output) = try await cluster.run(["build", "--config-file", config], in: "\(directory)/sub/dir")
            #expect(code == 0, "\(output)")
            #expect(output.contains("The project is \(directory), which has the nearest job file"), "\(output)")
            #expect(output.contains("Results: \(directory)/sub/dir/build_results\n"), "\(output)")
            let plan = try await cluster.run(["check", "--config-file", config], in: "\(directory)/sub")
            #expect(plan.code == 0 && plan.output.contains("4 atoms"), "\(plan.output)")
            let nowhere = try await cluster.run(["build", "--config-file", config], in: cluster.scratch)
            #expect(nowhere.code == 2)
            #expect(
                nowhere.output.contains("There is no job file: clusterrunner.yaml was looked for in"),
                "\(nowhere.output)"
            )
        }
    }
}

extension Project {
    /// Creates an empty file, and the folders above it.
    fileprivate static func touch(_ path: String) throws {
        let folder = URL(filePath: path).deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try #require(FileManager.default.createFile(atPath: path, contents: nil))
    }
}
