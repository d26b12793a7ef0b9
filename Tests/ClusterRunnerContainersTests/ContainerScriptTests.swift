import ClusterRunnerPlugin
import ClusterRunnerProcess
import ClusterRunnerTesting
import Foundation
import Logging
import Testing

@testable import ClusterRunnerContainers

/// The script of containers, run by shells of this machine.
@Suite(.timeLimit(.minutes(10))) struct ContainerScriptTests {
    /// The shells that images have; those that are missing here are left out.
    private static let shells = [["/bin/bash"], ["/bin/dash"], ["/bin/busybox", "sh"]].filter {
        FileManager.default.isExecutableFile(atPath: $0[0])
    }

    private func run(
        _ command: String,
        under shell: [String],
        flags: String = "ec",
        directory: ByteString = "/",
        encoded: [String] = [],
        environment: [ByteString: ByteString] = [:]
    ) async throws -> (code: Int32, output: [UInt8]) {
        try await withScratchDirectory { scratch in
            let place = ContainerVariables.encode(directory)
            let words = shell + ["-c", ContainerScript.text, "clusterrunner", flags, place, command] + encoded
            let script = ShellCommand(
                script: "exec \(ShellWords.quoted(words))",
                directory: "/",
                environment: environment.merging(["PATH": "/usr/bin:/bin"]) { $1 },
                output: .combined(path: "\(scratch)/output")
            )
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let outcome = try await ProcessCommandRunner(logger: logger).run(script)
            let output = try Data(contentsOf: URL(filePath: "\(scratch)/output"))
            return (outcome.exitCode, Array(output))
        }
    }

    @Test(arguments: shells)
    func `Encoded variables arrive byte for byte, without the names that they travelled under`(shell: [String])
        async throws
    {
        let value = ByteString("a '\"$(x)`\\0101%s\n".utf8 + [0xFF, 0xE2] + "\n\n".utf8)
        let (code, output) = try await run(
            "printf %s \"$HOME\"; env | grep -c CLUSTERRUNNER_ENV || true",
            under: shell,
            encoded: ["HOME"],
            environment: ["CLUSTERRUNNER_ENV_HOME": ByteString(ContainerVariables.encode(value))]
        )
        #expect(code == 0)
        #expect(output == value.bytes + Array("0\n".utf8))
    }

    @Test(arguments: shells)
    func `A command runs as on a machine`(shell: [String]) async throws {
        #expect(try await run("false\necho never", under: shell) == (1, []))
        #expect(try await run("false\necho on", under: shell, flags: "c") == (0, Array("on\n".utf8)))
        #expect(try await run("exit 3 | cat", under: shell).code == 3)
        #expect(try await run("echo a; echo b >&2; echo c", under: shell).output == Array("a\nb\nc\n".utf8))
        #expect(try await run("-x; exit 5", under: shell, flags: "c").code == 5)
        // No other shell tells of it.
        #expect(try await run("kill -KILL $$", under: shell) == (137, []))
    }

    @Test(arguments: shells)
    func `It runs in the directory, whose name may have any bytes`(shell: [String]) async throws {
        try await withScratchDirectory { scratch in
            let directory = ByteString(Array("\(scratch)/-a ".utf8) + [0xE9, 0x0A])
            try #require(mkdir(directory.cString, 0o700) == 0)
            let (code, output) = try await run("pwd", under: shell, directory: directory)
            #expect(code == 0)
            #expect(output == directory.bytes + [0x0A])
            let missing = try await run("pwd", under: shell, directory: "/no/such")
            #expect(missing.code == 126)
            #expect(!missing.output.isEmpty)
        }
    }
}
