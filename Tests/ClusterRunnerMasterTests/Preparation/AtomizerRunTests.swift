import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerProcess
import ClusterRunnerTesting
import DirectoryProjectType
import Foundation
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct AtomizerRunTests {
    /// Runs atomizers with the system's bash in a directory with a file `data`.
    private func atoms(
        _ commands: (variable: String, command: String)...,
        limits: AtomizerLimits = AtomizerLimits()
    ) async throws -> [Atom] {
        try await withScratchDirectory { directory in
            let output = "\(directory)/output"
            try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
            let project = try DirectoryProjectType(
                parameters: ProjectParameters(["project_directory": .string(directory)]),
                context: ProjectContext(storageDirectory: directory, role: .master, logger: .silent)
            )
            let run = AtomizerRun(
                directory: ByteString(directory),
                outputDirectory: output,
                environment: ["PATH": "/usr/bin:/bin", "PROJECT_DIR": ByteString(directory), "GREETING": "hello"],
                project: project,
                runner: ProcessCommandRunner(logger: .silent),
                timekeeper: .system(),
                limits: limits
            ) { _ in }
            let atomizers = commands.map { Atomizer(variable: $0.variable, command: $0.command) }
            return try await run.atoms(of: Job(name: "Unit", command: "true", atomizers: atomizers))
        }
    }

    private func failure(_ commands: (variable: String, command: String)...) async throws -> String? {
        let error = await #expect(throws: ClusterRunnerError.self) {
            switch commands.count {
            case 2: _ = try await atoms(commands[0], commands[1])
            default: _ = try await atoms(commands[0])
            }
        }
        #expect(error?.code == .failed)
        return error?.message
    }

    @Test func `All atomizers list atoms, in order`() async throws {
        let atoms = try await atoms(
            ("A", "printf 'one\\n\\n  \\ntwo\\r\\n'"),
            ("B", "echo \"$GREETING\" >&1; echo x >&2")
        )
        #expect(
            atoms == [
                Atom(variable: "A", value: "one"), Atom(variable: "A", value: "two"),
                Atom(variable: "B", value: "hello"),
            ]
        )
    }

    @Test func `The project's path becomes a variable`() async throws {
        #expect(try await atoms(("A", "echo \"$PWD/test.py\"")) == [Atom(variable: "A", value: "$PROJECT_DIR/test.py")])
    }

    @Test func `Bytes that are no text stay`() async throws {
        #expect(
            try await atoms(("A", "printf 'a\\377b\\n'")) == [
                Atom(variable: "A", value: ByteString([0x61, 0xFF, 0x62]))
            ]
        )
    }

    @Test func `A list with NULs between its atoms is refused`() async throws {
        let message = try await failure(("A", "find \"$PROJECT_DIR\" -print0"))
        #expect(message?.hasPrefix("The atomizer of A printed a NUL byte in line 1, which no environment") == true)
    }

    @Test func `A failing atomizer is shown with command, exit code and output`() async throws {
        #expect(
            try await failure(("A", "echo one; echo 'no such thing' >&2; exit 3")) == """
                The atomizer of A failed with exit code 3. Command: echo one; echo 'no such thing' >&2; exit 3
                Output: one
                no such thing
                """
        )
    }

    @Test func `A failure inside a pipe is one, and one of several atomizers is enough`() async throws {
        let message = try await failure(("A", "echo 1"), ("B", "false | cat"))
        #expect(message == "The atomizer of B failed with exit code 1. Command: false | cat\nOutput: (nothing)")
    }

    @Test func `A line that fails ends an atomizer, which would list the wrong things`() async throws {
        let message = try await failure(("A", "cd nowhere 2>/dev/null\necho 1"))
        #expect(message?.hasPrefix("The atomizer of A failed with exit code 1. Command: cd nowhere") == true)
    }

    @Test(.timeLimit(.minutes(10))) func `An atomizer that prints without end is ended`() async throws {
        // Each waits and so does not end by itself; `yes` would fill the disk if this broke.
        for command in ["head -c 2000000 /dev/zero; sleep 1000", "head -c 2000000 /dev/zero >&2; sleep 1000"] {
            let error = await #expect(throws: ClusterRunnerError.self) {
                _ = try await atoms(("A", command), limits: AtomizerLimits(outputBytes: 1 << 20))
            }
            #expect(
                error?.message == """
                    The atomizer of A printed more than 1 MiB, so it was ended. The limit is max_atomizer_output_mb of the \
                    master; an atomizer prints one line for each atom. Command: \(command)
                    """
            )
        }
    }

    @Test func `A list that is too long is refused, also when its atomizer has ended`() async throws {
        let error = await #expect(throws: ClusterRunnerError.self) {
            _ = try await atoms(("A", "seq 300000"), limits: AtomizerLimits(outputBytes: 1 << 20))
        }
        #expect(error?.message.contains("printed more than 1 MiB") == true)
    }

    @Test(.timeLimit(.minutes(10))) func `An atomizer that does not end is ended`() async throws {
        let error = await #expect(throws: ClusterRunnerError.self) {
            _ = try await atoms(("A", "sleep 1000"), limits: AtomizerLimits(timeout: .seconds(1)))
        }
        #expect(
            error?.message == """
                The atomizer of A did not end within 1 s, so it was ended. The limit is atomizer_timeout of the master; \
                move long work into setup_build. Command: sleep 1000
                """
        )
    }

    @Test func `Atomizers that list nothing are an error that says what they printed`() async throws {
        #expect(
            try await failure(("A", "echo 'found nothing' >&2"), ("B", "true")) == """
                The job "Unit" has no atoms: its atomizer "echo 'found nothing' >&2", "true" exited with 0 but listed \
                none. It printed: found nothing
                (nothing)
                """
        )
    }

    @Test func `A list that a full disk may have cut is refused`() throws {
        let atomizer = Atomizer(variable: "A", command: "seq 3")
        let shortage = DiskSpace(path: "/data", freeBytes: 1024).shortage
        let error = #expect(throws: ClusterRunnerError.self) {
            try AtomizerRun.checkIsWhole(outputOf: atomizer, shortage)
        }
        #expect(
            error?.message == """
                The list that the atomizer of A printed may not be complete: \
                No space left on device: 1 KiB are free on the disk of /data.
                """
        )
        try AtomizerRun.checkIsWhole(outputOf: atomizer, nil)
    }

    @Test func `Only the end of a long output is shown`() async throws {
        let message = try #require(try await failure(("A", "seq 5000; exit 1")))
        #expect(message.hasSuffix("\n5000"))
        #expect(message.utf8.count < 4_200)
    }
}
