import Foundation
import Testing

/// The real program in a terminal, and without one.
@Suite(.timeLimit(.minutes(20)))
struct TerminalTests {
    /// Three atoms: the second fails, and the third waits for the test.
    private struct Scene {
        let directory: String
        let started: NamedPipe
        let go: NamedPipe
        let config: String

        init(_ cluster: RunningCluster) throws {
            directory = "\(cluster.scratch)/project"
            started = try NamedPipe("\(cluster.scratch)/started")
            go = try NamedPipe("\(cluster.scratch)/go")
            config = try cluster.embeddedConfiguration()
            let script = #"""
                case $N in 2) printf 'out\033[2J\tof 2\n'; exit 7 ;; 3) echo process of 3: $$; echo $$ > '\#(started.path)'; cat '\#(go.path)' ;; esac
                """#
            let job = "Tests:\n  commands:\n    - |\n      \(script)\n  atomizers: [{N: seq 3}]\n"
            try Project(jobFile: job).write(to: directory)
        }

        func build(
            _ cluster: RunningCluster,
            _ options: String...,
            terminal: PseudoTerminal? = nil,
            environment: [String: String] = ["TERM": "xterm"]
        ) throws -> RunningProgram {
            let arguments = ["build", "--local", "-e", "1", "--config-file", config] + options
            let program = try RunningProgram(
                "clusterrunner build",
                try Product.path(),
                arguments,
                in: directory,
                environment: environment,
                terminal: terminal
            )
            cluster.keep(program)
            return program
        }
    }

    @Test(arguments: [80, 120])
    func `On a terminal one line is drawn over, and failures appear above it at once`(columns: Int) async throws {
        try await RunningCluster.withNothing { cluster in
            let scene = try Scene(cluster)
            let build = try scene.build(cluster, terminal: try PseudoTerminal(columns: columns))
            _ = try await scene.started.read()
            try await build.prints("(exit code 7; artifact_1_0)\r\n", after: 0)
            try await build.prints("2/3", after: 0)
            let middle = TerminalScreen(build.output)
            #expect(middle.lines.contains("FAILED 2 (exit code 7; artifact_1_0)"), "\(middle.lines)")
            #expect(middle.widest < columns)
            try await scene.go.write("the end")
            #expect(try await build.exitCode() == 1, "\(build.output)")
            let screen = TerminalScreen(build.output)
            #expect(screen.drawn.allSatisfy { $0.count < columns }, "\(screen.drawn)")
            #expect(screen.drawn.contains { $0.contains("  2/3  1 failed  ") }, "\(screen.drawn)")
            #expect(screen.drawn.contains { $0.contains("[====") })
            // No redrawn line is left.
            #expect(screen.lines.allSatisfy { !$0.hasPrefix("Build 1  ") }, "\(screen.lines)")
            #expect(
                screen.lines.suffix(3).first
                    == "Build 1 failed, 1 of 3 atoms. Results: \(scene.directory)/build_results"
            )
            #expect(screen.lines.suffix(2).first?.hasPrefix("Run what failed again: clusterrunner build ") == true)
            #expect(screen.lines.count { $0.hasPrefix("FAILED") } == 1)
            #expect(screen.lines.contains("    out    of 2"), "\(screen.lines)")
            #expect(screen.lines.contains { $0.hasPrefix("SECONDS  SLOWEST ATOMS") })
            #expect(build.output.contains("\u{1B}[31mFAILED\u{1B}[0m"))
        }
    }

    @Test func `Without a terminal there are plain lines, and failures appear at once`() async throws {
        try await RunningCluster.withNothing { cluster in
            let scene = try Scene(cluster)
            let build = try scene.build(cluster)
            _ = try await scene.started.read()
            try await build.prints("FAILED 2 (exit code 7; artifact_1_0)\n    out    of 2\n", after: 0)
            try await build.prints("Build 1: 2 of 3 atoms, 1 failed, 1 running, ", after: 0)
            try await scene.go.write("the end")
            #expect(try await build.exitCode() == 1)
            #expect(!build.output.contains("\u{1B}") && !build.output.contains("\r"), "\(build.output)")
        }
    }

    @Test func `NO_COLOR takes the colours away, not the line`() async throws {
        try await RunningCluster.withNothing { cluster in
            let scene = try Scene(cluster)
            let terminal = try PseudoTerminal(columns: 80)
            let build = try scene.build(cluster, terminal: terminal, environment: ["TERM": "xterm", "NO_COLOR": "1"])
            _ = try await scene.started.read()
            try await build.prints("2/3", after: 0)
            try await scene.go.write("the end")
            #expect(try await build.exitCode() == 1)
            #expect(!build.output.contains("\u{1B}[3"), "\(build.output)")
            #expect(build.output.contains("\u{1B}[K"))
        }
    }

    @Test func `JSON is one object a line, on a terminal too, and the last has the result`() async throws {
        try await RunningCluster.withNothing { cluster in
            let scene = try Scene(cluster)
            let build = try scene.build(cluster, "--json", terminal: try PseudoTerminal(columns: 80))
            _ = try await scene.started.read()
            try await scene.go.write("the end")
            #expect(try await build.exitCode() == 1)
            let lines = build.output.split(whereSeparator: \.isNewline)
            let objects = lines.compactMap {
                try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
            }
            #expect(objects.count == lines.count, "\(build.output)")
            let tags = objects.compactMap { $0["__tag__"] as? String }
            #expect(tags.first == "BUILD_ACCEPTED" && tags.last == "BUILD_RESULT")
            #expect(tags.filter { $0 == "ATOM_FINISH" }.count == 3)
            #expect(tags.contains("BUILD_PROGRESS"))
            #expect(objects.last?["exit_code"] as? Int == 1)
            #expect(objects.last?["dashboard"] is NSNull)
        }
    }

    @Test func `Quiet says only how it ended`() async throws {
        try await RunningCluster.withNothing { cluster in
            let scene = try Scene(cluster)
            let build = try scene.build(cluster, "--quiet", terminal: try PseudoTerminal(columns: 80))
            _ = try await scene.started.read()
            try await scene.go.write("the end")
            #expect(try await build.exitCode() == 1)
            #expect(TerminalScreen(build.output).lines.first?.hasPrefix("SECONDS") == true, "\(build.output)")
        }
    }

    @Test func `A line names the atoms that run longest, and a key shows how far they are`() async throws {
        try await RunningCluster.withNothing { cluster in
            let scene = try Scene(cluster)
            let terminal = try PseudoTerminal(columns: 80)
            let build = try scene.build(cluster, terminal: terminal)
            let process = try await scene.started.read()
            try await build.prints("  (t: their output)", after: 0)
            let drawn = TerminalScreen(build.output).drawn
            #expect(drawn.contains { $0.wholeMatch(of: #/  3 \d+ s  \(t: their output\)/#) != nil }, "\(drawn)")
            terminal.type("xt")
            try await build.prints("RUNNING", after: 0)
            try await build.prints("    process of 3: \(process)", after: 0)
            try await scene.go.write("the end")
            #expect(try await build.exitCode() == 1, "\(build.output)")
            let screen = TerminalScreen(build.output)
            let running = screen.lines.first { $0.hasPrefix("RUNNING") }
            #expect(running?.contains(#/^RUNNING 3: \d+ s so far \(subjob 2 on /#) == true, "\(screen.lines)")
            #expect(screen.lines.allSatisfy { !$0.contains("(t: their output)") && !$0.contains("xt") })
            #expect(terminal.echoes)
        }
    }

    @Test(arguments: ["\u{3}", "\u{1C}"])
    func `Ctrl-C cancels the build, ends what runs, and leaves the terminal clean, and so does QUIT`(
        key: String
    ) async throws {
        try await RunningCluster.withNothing { cluster in
            let scene = try Scene(cluster)
            let terminal = try PseudoTerminal(columns: 80)
            let build = try scene.build(cluster, terminal: terminal)
            let process = try #require(pid_t(try await scene.started.read()))
            try await build.prints("2/3", after: 0)
            terminal.type(key)
            #expect(try await build.exitCode() == 130, "\(build.output)")
            #expect(!Processes.isRunning(process))
            let screen = TerminalScreen(build.output)
            #expect(screen.lines.contains { $0.hasSuffix("build 1 is being canceled.") }, "\(screen.lines)")
            #expect(screen.lines.suffix(2).first?.hasPrefix("Build 1 was canceled. Results: ") == true)
            #expect(screen.lines.last == "")
            #expect(terminal.echoes)
            #expect(screen.lines.allSatisfy { !$0.hasPrefix("Build 1  ") }, "\(screen.lines)")
        }
    }

    @Test func `On GitHub Actions failed atoms are annotated and the job gets a summary`() async throws {
        try await RunningCluster.withNothing { cluster in
            let scene = try Scene(cluster)
            let summary = "\(cluster.scratch)/summary.md"
            let variables = ["GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": summary]
            let build = try scene.build(cluster, environment: variables)
            _ = try await scene.started.read()
            try await scene.go.write("the end")
            #expect(try await build.exitCode() == 1)
            let annotation = "::error title=2::2 (exit code 7; artifact_1_0)%0Aout    of 2\n"
            #expect(build.output.hasSuffix(annotation), "\(build.output)")
            // Commands that atoms print in between have no effect.
            let begin = build.output.firstMatch(of: /^::stop-commands::([0-9a-f-]{36})\n/)
            let between = try #require(begin, "\(build.output)")
            let rest = build.output[between.range.upperBound...]
            #expect(rest.contains("out    of 2"), "\(build.output)")
            #expect(rest.hasSuffix("\n::\(between.1)::\n\(annotation)"), "\(build.output)")
            let text = try String(contentsOfFile: summary, encoding: .utf8)
            #expect(text.hasPrefix("### ClusterRunner: build 1 failed, 1 of 3 atoms\n"), "\(text)")
        }
    }
}
