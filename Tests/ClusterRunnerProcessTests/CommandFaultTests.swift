import ClusterRunnerPlugin
import Foundation
import Testing

@testable import ClusterRunnerProcess

@Suite struct CommandFaultTests {
    let fixture: CommandFixture

    init() throws {
        fixture = try CommandFixture()
    }

    private func fault(of change: (inout ShellCommand) -> Void) async -> String? {
        var command = fixture.command("touch started")
        change(&command)
        let message = await ClusterRunnerProcessTests.fault { _ = try await fixture.runner.run(command) }
        #expect(!FileManager.default.fileExists(atPath: fixture.path("started")))
        return message
    }

    @Test func `A missing directory is named`() async {
        #expect(
            await fault { $0.directory = "/no/such/place" }
                == "failed: Cannot run a command in \"/no/such/place\": there is no such directory."
        )
    }

    @Test func `A directory that is a file is named`() async {
        #expect(
            await fault { $0.directory = "/etc/passwd" }
                == "failed: Cannot run a command in \"/etc/passwd\": it is not a directory."
        )
    }

    @Test func `An output file without a directory is named`() async {
        let path = fixture.path("missing/output")
        #expect(
            await fault { $0.output = .combined(path: path) }
                == "failed: Cannot write the output of a command to \"\(path)\": "
                + "there is no directory \"\(fixture.path("missing"))\", create it first."
        )
    }

    @Test func `An error output that cannot be written is named`() async {
        let paths = (fixture.path("output"), fixture.folder)
        #expect(
            await fault { $0.output = .separate(output: paths.0, error: paths.1) }
                == "failed: Cannot write the output of a command to \"\(paths.1)\": Is a directory."
        )
    }

    @Test func `A variable of 128 KiB is refused by name, and one byte less is taken`() async throws {
        let room = 128 * 1024 - "LONG=".utf8.count - 1
        let tooLong = String(repeating: "x", count: room + 1)
        #expect(
            await fault { $0.environment["LONG"] = ByteString(tooLong) }
                == "too large: Cannot start a command: the environment variable \"LONG\" has 131073 bytes, "
                + "and a single variable may have at most 128 KiB."
        )
        #expect(try await fixture.run("echo ${#LONG}", environment: ["LONG": String(tooLong.dropLast())]).isSuccess)
        #expect(try fixture.text() == "\(room)\n")
    }

    @Test func `An environment that is too large in sum names its largest variable`() async {
        let message = await fault { command in
            command.environment = [:]
            for number in 0..<200 {
                command.environment["V\(number)"] = ByteString(String(repeating: "x", count: 100_000))
            }
            command.environment["LARGEST"] = ByteString(String(repeating: "x", count: 100_010))
        }
        #expect(
            message == "too large: Cannot start a command: its environment has 20101109 bytes, which is more than the "
                + "system takes; a single variable may have at most 128 KiB, "
                + "and the largest is \"LARGEST\" with 100019 bytes."
        )
    }

    @Test func `A script that is too long says so`() async {
        #expect(
            await fault { $0.script = "#" + String(repeating: "x", count: 200_000) }
                == "too large: Cannot start a command: its text has 200001 bytes, and may have at most 128 KiB. "
                + "Move it into a script file."
        )
    }

    @Test func `A NUL byte is refused where it stands`() async {
        let rest = "Programs would see only what stands before it; remove it."
        #expect(
            await fault { $0.environment["SECOND"] = "a\0b" }
                == "invalid argument: A NUL byte is in the environment variable \"SECOND\": \"a\\0b\". \(rest)"
        )
        #expect(
            await fault { $0.script = "true\0touch started" }
                == "invalid argument: A NUL byte is in the command: \"true\\0touch started\". \(rest)"
        )
        #expect(
            await fault { $0.directory = "/\0/x" }
                == "invalid argument: A NUL byte is in the directory of the command: \"/\\0/x\". \(rest)"
        )
        #expect(
            await fault { $0.output = .combined(path: "/tmp\0") }
                == "invalid argument: A NUL byte is in the output path of the command: \"/tmp\\0\". \(rest)"
        )
        #expect(
            await fault { $0.output = .separate(output: "/tmp/a", error: "\0") }
                == "invalid argument: A NUL byte is in the error output path of the command: \"\\0\". \(rest)"
        )
    }

    @Test(arguments: [("", ""), ("A=B", "A=B"), ("A\0", "A\\0")])
    func `A name that is none is refused`(name: String, shown: String) async {
        #expect(
            await fault { $0.environment[ByteString(name)] = "x" }
                == "invalid argument: \"\(shown)\" is no name for an environment variable: "
                + "it must not be empty or contain \"=\" or a NUL byte."
        )
    }

    @Test func `A shell that is missing is named`() async throws {
        let fixture = try CommandFixture(shell: Shell(path: "/no/bash", options: []))
        let message = await ClusterRunnerProcessTests.fault { _ = try await fixture.run("true") }
        #expect(message == "failed: Cannot start the shell \"/no/bash\": No such file or directory.")
    }

    @Test func `A runner goes on after a command that could not be started`() async throws {
        _ = await fault { $0.directory = "/no/such/place" }
        #expect(try await fixture.run("true").isSuccess)
    }
}
