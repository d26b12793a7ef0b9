import ClusterRunnerJobFile
import ClusterRunnerPlugin
import Foundation
import Testing

@testable import ClusterRunnerProcess

/// Scripts of job files, run by both shells.
@Suite(.timeLimit(.minutes(10))) struct ScriptTests {
    /// Runs a list of commands and returns the exit code and the output.
    private func run(
        _ commands: [String],
        errexit: Bool = true,
        under shell: Shell
    ) async throws -> (code: Int32, output: String) {
        let config: JSONValue = [
            "commands": .array(commands.map { .string($0) }), "atomizers": [["A": "b"]], "errexit": .bool(errexit),
        ]
        let job = try JobFile.inline(config, jobName: nil)
        let fixture = try CommandFixture(shell: shell)
        var command = fixture.command(job.command)
        command.options = job.shellOptions
        let outcome = try await fixture.runner.run(command)
        return (outcome.exitCode, try fixture.text())
    }

    private static let shells = [Shell.find(), Shell.sh(path: "/bin/sh")]

    @Test(
        arguments: [
            (["true # a comment", "exit 7"], 7, ""),
            (["true\n# a comment", "exit 7"], 7, ""),
            (["cat <<END\ntext\nEND\n", "exit 7"], 7, "text\n"),
            (["echo a \\", "exit 7"], 7, "a\n"),
            (["exit 7", "sleep 0.01 &", "echo the test"], 7, ""),
            (["(exit 7)", "echo b &"], 7, ""),
            (["cd /tmp", "sleep 0.01 &", "pwd"], 0, "/tmp\n"),
            (["X=1", "f() {\n  echo \"f $X\"\n}", "export Y=2", "f; echo $Y"], 0, "f 1\n2\n"),
            (["fail() { return 3; }\nfail\necho done"], 3, ""),
            (["fail() {\n  (exit 4)\n  echo no\n}", "fail", "echo no"], 4, ""),
            (["cd /nowhere-at-all 2>/dev/null && echo made", "echo tested"], 2, ""),
            (["if false; then echo a; fi\n! true || echo b\nwhile false; do echo c; done", "echo d"], 0, "b\nd\n"),
            (["set +e", "false\necho on", "(exit 9)", "echo no"], 9, "on\n"),
            (["trap 'echo bye' EXIT", "(exit 9)", "echo no"], 9, "bye\n"),
            (["echo a; exit 0", "exit 7"], 0, "a\n"),
            (["-x 2>/dev/null"], 127, ""),
            (["echo a;", "echo b;;"], 0, "a\nb\n"),
            (["echo a\r\necho b\r\n"], 0, "a\nb\n"),
        ] as [([String], Int32, String)]
    )
    func `Each entry runs as if typed alone`(commands: [String], code: Int32, output: String) async throws {
        for shell in Self.shells {
            let result = try await run(commands, under: shell)
            // The exit code of `cd` is the shell's own choice.
            let isCode = result.code == code || (code == 2 && result.code == 1)
            #expect(isCode && result.output == output, "\(shell.path): \(result)")
        }
    }

    @Test func `A trace shows the commands of the job, and nothing of what is between them`() async throws {
        for shell in Self.shells {
            let entries = ["set -x", "echo a", "trap 'echo bye >&2' EXIT\necho b", "(exit 9)", "echo no"]
            let result = try await run(entries, under: shell)
            let traced = result.output.split(separator: "\n").filter { $0.hasPrefix("+") && !$0.contains("trap") }
            #expect(traced == ["+ echo a", "+ echo b", "+ exit 9", "+ echo bye"], "\(shell.path): \(result)")
            #expect(result.code == 9 && result.output.hasSuffix("\nbye\n"), "\(shell.path): \(result)")
        }
    }

    @Test(arguments: [
        ["echo $((1/0)) 2>/dev/null", "echo next"], ["echo $((1/0))\necho next"], ["x=$((08))", "echo next"],
        ["f() { echo $((1/0)); }\nf\necho next", "echo next"],
    ])
    func `An error of expansion, behind which bash goes on, ends the script`(commands: [String]) async throws {
        for shell in Self.shells {
            let result = try await run(commands, under: shell)
            #expect(result.code != 0 && !result.output.hasSuffix("next\n"), "\(shell.path): \(result)")
        }
    }

    @Test func `Lines that change how later ones are read do so inside an entry`() async throws {
        let patterns = ["shopt -s extglob\ncase ab in a!(x)) echo 1 ;; esac", "case ax in a!(x)) ;; *) echo 2 ;; esac"]
        #expect(try await run(patterns, under: Shell.find()) == (0, "1\n2\n"))
        let alias = ["shopt -s expand_aliases\nalias greet='echo hello'\ngreet"]
        #expect(try await run(alias, under: Shell.find()) == (0, "hello\n"))
    }

    @Test func `Without errexit the last command of an entry decides, as in 1.x`() async throws {
        for shell in Self.shells {
            #expect(try await run(["false\necho on"], errexit: false, under: shell) == (0, "on\n"))
            #expect(try await run(["echo a\n(exit 5)", "echo no"], errexit: false, under: shell) == (5, "a\n"))
            let strict = ["set -e\nfalse\necho no", "echo no"]
            #expect(try await run(strict, errexit: false, under: shell) == (1, ""))
        }
    }

    @Test func `A single command takes the place of the shell`() async throws {
        let parent = try await run(["sh -c 'echo $PPID; echo $$'"], under: Shell.find())
        let several = try await run(["true", "sh -c 'echo $PPID; echo $$'"], under: Shell.find())
        for result in [parent, several] {
            let ids = result.output.split(separator: "\n").compactMap { Int32($0) }
            // Started by this program itself, so no shell is left between them.
            #expect(ids.count == 2 && ids[0] == getpid(), "\(result)")
        }
    }

    @Test func `Options of a script are those of the shell`() {
        let bash = Shell(path: "/bin/bash", options: ["-o", "pipefail"])
        #expect(
            bash.arguments(for: "x", [.noexec, .extglob])
                == ["bash", "-o", "pipefail", "-n", "-O", "extglob", "-c", "--", "x"]
        )
        let dash = Shell(path: "/bin/sh", options: [])
        #expect(dash.arguments(for: "x", [.errexit, .extglob]) == ["sh", "-e", "-c", "--", "x"])
    }
}
