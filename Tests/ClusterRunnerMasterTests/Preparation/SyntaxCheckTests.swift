import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerTesting
import ClusterRunnerWire
import Foundation
import Testing

@testable import ClusterRunnerMaster
@testable import ClusterRunnerProcess

@Suite(.timeLimit(.minutes(10))) struct SyntaxCheckTests {
    /// Returns the errors in the commands of a job file, a line each.
    private func faults(in file: JobFile, shell: Shell = Shell.find()) async throws -> [String] {
        try await withScratchDirectory { directory in
            let runner = ProcessCommandRunner(
                shell: shell,
                logger: .silent,
                patience: .init(drain: .seconds(2), grace: .seconds(5))
            )
            let check = SyntaxCheck(runner: runner)
            do {
                try await check.check(file.entries, file: file.file, output: "\(directory)/syntax")
                return []
            } catch let error as ClusterRunnerError {
                #expect(error.code == .invalidArgument)
                return error.message.split(separator: "\n").dropFirst().map(String.init)
            }
        }
    }

    private func faults(of command: String) async throws -> [String] {
        let config: JSONValue = ["commands": [.string(command), "exit 7"], "atomizers": [["V": "y"]]]
        return try await faults(in: JobFile.inlineFile(config, jobName: nil).file)
    }

    @Test(arguments: [
        "echo a # comment", "cat <<E\nx\nE", "cat <<-E\n\tx\n\tE\n", "cat <<<word", "f() {\n  a\n}",
        "a=(1 2)\necho ${a[0]}",
        "if a; then\n  b\nfi", "echo \\", "shopt -s extglob\nls !(a)", "x=$(cat <<E\nx\nE\n)",
        "case $x in\n  a) b ;;\nesac",
        "-x", "set +e", "exit", "echo '}'", "echo \"it's\"", "((x << 2))", "# <<E", "echo $((1 << 2))", "a | b &",
        "cat < <(b)",
    ])
    func `What is complete by itself is none of its business`(command: String) async throws {
        #expect(try await faults(of: command) == [])
    }

    @Test(arguments: [
        "echo \"a", "echo 'a", "echo `a", "echo ${a", "echo $(a", "echo $((1", "{ a", "}", "a }; }; {", "( a", "a )",
        "f() {", "if a; then", "fi", "for i in 1 2; do a", "done", "case a in", "a &&", "a ||", "a |", "&& a",
        "a & ;; b",
        "cat <<E\nx", "cat <<E\nx\nE2", "a\ncat <<'E'\nx\n E", "x=(1 2", "[[ a", "ls !(a)", "a <", "x=$(cat <<E\nx\n)",
    ])
    func `What is not complete would take the next entry for its own text`(command: String) async throws {
        let faults = try await faults(of: command)
        #expect(faults.count == 1, "\(faults)")
    }

    @Test func `Each fault has its place in the file, the job, the key and the words of the shell`() async throws {
        let text = """
            Unit:
              setup_build:
                - make
                - 'echo "open'
              commands:
                - |
                  echo one
                  if [ "$A" ]; then
                      echo }
                  done
                - cd build
                -   |-

                  cat <<END
                  END2
              atomizers:
                - A: "echo 1; }"
              teardown_build:
                - rm -r "$HOME/x
            """
        let place = "which the shell cannot read"
        let expected =
            "expected a command that is complete by itself: its quotes, braces, here-documents and blocks closed"
        #expect(
            try await faults(in: JobFile.parse(text, file: "f")).sorted() == [
                "f:10:7: job \"Unit\": key \"commands\": found the command \"echo one\\nif [ \"$A\" ]; then\\n    echo }\\ndone\", "
                    + "\(place) (syntax error near unexpected token `done'), \(expected)",
                "f:14:11: job \"Unit\": key \"commands\": found the command \"cat <<END\\nEND2\", "
                    + "\(place) (here-document at line 1 delimited by end-of-file (wanted `END')), \(expected)",
                "f:17:10: job \"Unit\": key \"atomizers\": found the command \"echo 1; }\", "
                    + "\(place) (syntax error near unexpected token `}'), \(expected)",
                "f:19:7: job \"Unit\": key \"teardown_build\": found the command \"rm -r \"$HOME/x\", "
                    + "\(place) (unexpected EOF while looking for matching `\"'), \(expected)",
                "f:4:7: job \"Unit\": key \"setup_build\": found the command \"echo \"open\", "
                    + "\(place) (unexpected EOF while looking for matching `\"'), \(expected)",
            ]
        )
    }

    @Test func `A plain sh finds the same`() async throws {
        let text =
            "A: {commands: [\"cat <<E\\nx\", \"echo 'a\", \"{ a\", \"cat <<E\\nx\\nE\"], atomizers: [V: \"y; }\"]}"
        let faults = try await faults(in: JobFile.parse(text, file: "f"), shell: Shell.sh(path: "/bin/sh"))
        #expect(faults.map { $0.prefix(6) } == ["f:1:16", "f:1:30", "f:1:41", "f:1:81"], "\(faults)")
        #expect(faults.first?.contains("(a here-document is not closed)") == true)
    }

    @Test func `The words of an older shell are understood`() {
        #expect(
            ShellProblem("sh: 3: Syntax error: \"}\" unexpected\n")
                == ShellProblem(words: "Syntax error: \"}\" unexpected", line: 3, token: nil)
        )
        #expect(
            ShellProblem("bash: -c: line 2: syntax error near unexpected token `done'\nbash: -c: line 2: `done'\n")
                == ShellProblem(words: "syntax error near unexpected token `done'", line: 2, token: "done")
        )
        #expect(
            ShellProblem("bash: line 9: warning: here-document at line 4 delimited by end-of-file (wanted `E')\n")
                == ShellProblem(
                    words: "here-document at line 4 delimited by end-of-file (wanted `E')",
                    line: 4,
                    token: "<<"
                )
        )
        #expect(ShellProblem("") == ShellProblem(words: "it said nothing", line: 1, token: nil))
    }

    @Test func `A text that was readable starts no shell again`() async throws {
        let runner = CountingRunner()
        let file = try JobFile.parse("A: {commands: [x, y, x], atomizers: [V: z]}", file: "f")
        try await withScratchDirectory { directory in
            let check = SyntaxCheck(runner: runner)
            for _ in 1...3 { try await check.check(file.entries, file: "f", output: "\(directory)/syntax") }
        }
        #expect(runner.scripts == ["x", "y", "z"])
    }

    @Test func `A build of a command that is not complete is an error before anything runs`() async throws {
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory) { master in
                let job =
                    "Unit:\n  commands:\n    - 'echo \"a'\n    - exit 7\n  atomizers: [{A: \"touch ran; seq 2\"}]\n"
                let build = try await master.client.createBuild(try master.project(job))
                let ended = try await master.client.build(build, wait: .seconds(30))
                #expect(ended.state == .error)
                let message = try #require(ended.errorMessage)
                #expect(message.contains("clusterrunner.yaml:3:7: job \"Unit\": key \"commands\": found the command"))
            }
        }
    }
}

/// A runner that accepts every script and records it.
private final class CountingRunner: CommandRunner {
    private let noted = Lock<[String]>([])

    var scripts: [String] { noted.withLock { $0.sorted() } }

    func run(_ command: ShellCommand) async throws -> CommandOutcome {
        noted.withLock { $0.append(command.script) }
        return CommandOutcome(end: .exited(0), exitCode: 0, elapsed: .zero)
    }
}
