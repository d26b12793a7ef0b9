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

@testable import ClusterRunnerSlave

@Suite(.timeLimit(.minutes(10))) struct AtomRunTests {
    /// The outcome of an atom, with its files.
    private struct Outcome {
        let result: AtomResult
        let files: [String: String]
        let directoryExists: Bool
        let obstacle: RunObstacle?

        var console: String? {
            guard case .inline(let bytes) = result.console else { return nil }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Runs an atom with the system's bash.
    private func run(_ command: String, timeout: Double? = nil, value: String = "1") async throws -> Outcome {
        try await withScratchDirectory { directory in
            let job = Job(name: "Unit", command: command, atomizers: [], timeout: timeout, environment: ["OWN": "own"])
            let run = try atomRun(job, directory)
            let atom = GrantedAtom(id: 4, atom: Atom(variable: "A", value: value))
            let finished = await run.run(QueuedAtom(lease: 9, subjob: 2, atom: atom))
            #expect(finished.report.claim == LeasedAtom(lease: 9, subjob: 2, atom: 4))
            #expect(finished.report.executor == 1)
            #expect(finished.begin == .zero)
            #expect(finished.hasFiles == FileManager.default.fileExists(atPath: finished.directory))
            var files: [String: String] = [:]
            for name in (try? FileManager.default.contentsOfDirectory(atPath: finished.directory)) ?? [] {
                files[name] = try String(contentsOfFile: "\(finished.directory)/\(name)", encoding: .utf8)
            }
            return Outcome(
                result: finished.report.result,
                files: files,
                directoryExists: finished.hasFiles,
                obstacle: finished.report.obstacle
            )
        }
    }

    private func atomRun(_ job: Job, _ directory: String, projectDirectory: String? = nil) throws -> AtomRun {
        let project = try DirectoryProjectType(
            parameters: ProjectParameters(["project_directory": .string(directory)]),
            context: ProjectContext(storageDirectory: directory, role: .master, logger: .silent)
        )
        let environment = JobEnvironment(
            inherited: ["PATH": "/usr/bin:/bin"],
            job: job,
            build: 7,
            projectDirectory: ByteString(directory),
            masterURL: "m:1"
        )
        let folders = SlaveFolders(base: directory)
        try folders.create(folders.build(7))
        return AtomRun(
            setup: .of(job, build: 7),
            executor: 1,
            project: project,
            projectDirectory: ByteString(projectDirectory ?? directory),
            environment: environment.onExecutor(1, firstInBuild: 10),
            folders: folders,
            runner: ProcessCommandRunner(logger: .silent, terminationGrace: .milliseconds(100)),
            timekeeper: Timekeeper(clock: StepClock()) { 0 },
            cap: OutputCap(limit: 1 << 20, executors: 2)
        )
    }

    @Test func `An atom that passes leaves its output and nothing else`() async throws {
        let outcome = try await run("echo out; echo err >&2")
        #expect(outcome.result.exitCode == 0)
        #expect(outcome.result.cause == nil)
        #expect(outcome.console == "out\nerr\n")
        #expect(!outcome.result.hasArtifacts)
        #expect(!outcome.directoryExists)
    }

    @Test func `The exit code is the command's, that of a pipe the failing part's`() async throws {
        #expect(try await run("exit 42").result.exitCode == 42)
        #expect(try await run("exit 3 | cat").result.exitCode == 3)
        #expect(try await run("kill -SEGV $$").result.exitCode == 139)
    }

    @Test func `A timeout kills the command with everything it started`() async throws {
        let outcome = try await run("sleep 1000 & echo started; wait", timeout: 0.3)
        #expect(outcome.result.cause == "timeout")
        #expect(outcome.result.exitCode == 143)
        #expect(outcome.result.seconds >= 0.3)
        #expect(outcome.console == "started\n")
    }

    @Test func `The command is told all it may want to know`() async throws {
        let outcome = try await run("env | sort | grep -v -e ^_ -e ^SHLVL -e ^PWD -e _DIR", value: "$PROJECT_DIR/a b")
        #expect(
            outcome.console?.split(separator: "\n").filter { line in
                !["A=", "OLDPWD", "CLUSTERRUNNER_COOKIE="].contains { line.hasPrefix($0) }
            } == [
                "ATOM_ID=4", "BUILD_EXECUTOR_INDEX=11", "CLUSTERRUNNER_BUILD_ID=7", "CLUSTERRUNNER_JOB_NAME=Unit",
                "CLUSTERRUNNER_MASTER_URL=m:1", "CLUSTERRUNNER_SUBJOB_ID=2", "EXECUTOR_INDEX=1",
                "MACHINE_EXECUTOR_INDEX=1", "OWN=own", "PATH=/usr/bin:/bin",
            ]
        )
        let paths = try await run(
            "[ \"$A\" = \"$PROJECT_DIR/a b\" ] && [ \"$PWD\" = \"$PROJECT_DIR\" ]",
            value: "$PROJECT_DIR/a b"
        )
        #expect(paths.result.exitCode == 0)
    }

    @Test func `An atom's value is never shell text`() async throws {
        let outcome = try await run("printf %s \"$A\"", value: "$(echo pwned); `exit 1` \"'\\")
        #expect(outcome.console == "$(echo pwned); `exit 1` \"'\\")
    }

    @Test func `What the command leaves in its artifact directory is kept`() async throws {
        let outcome = try await run("echo content > \"$ARTIFACT_DIR/log.txt\"; exit 1")
        #expect(outcome.result.hasArtifacts)
        #expect(outcome.files == ["log.txt": "content\n"])
        #expect(outcome.result.exitCode == 1)
    }

    @Test func `Artifacts that cannot be kept are not there when the atom runs again`() async throws {
        try await withScratchDirectory { directory in
            let command = "ls \"$ARTIFACT_DIR\"; echo content > \"$ARTIFACT_DIR/log.txt\""
            let run = try atomRun(Job(name: "Unit", command: command, atomizers: []), directory)
            let atom = GrantedAtom(id: 4, atom: Atom(variable: "A", value: "1"))
            // A file in the place of the directory that keeps them.
            let place = SlaveFolders(base: directory).kept(of: 7, lease: 9)
            try "".write(toFile: place, atomically: false, encoding: .utf8)
            let first = await run.run(QueuedAtom(lease: 9, subjob: 2, atom: atom)).report.result
            #expect(first.exitCode == 0 && !first.hasArtifacts)
            #expect(first.notes.count == 1 && first.notes[0].hasPrefix("ARTIFACT_DIR is lost"), "\(first.notes)")
            let second = await run.run(QueuedAtom(lease: 10, subjob: 2, atom: atom)).report.result
            #expect(second.console == .inline([]), "It found what the first run left.")
            #expect(second.hasArtifacts)
        }
    }

    @Test func `A large output goes to a file beside the artifacts`() async throws {
        let limit = ConsoleFile.inlineLimit
        let small = try await run("head -c \(limit) /dev/zero | tr '\\0' x")
        #expect(small.console?.utf8.count == limit)
        let large = try await run("head -c \(limit + 1) /dev/zero | tr '\\0' x")
        #expect(large.result.console == .file)
        #expect(large.files["clusterrunner_console_output"]?.utf8.count == limit + 1)
    }

    @Test(
        arguments: [
            ("rm -r \"$ARTIFACT_DIR\"", "ARTIFACT_DIR is lost: the command removed it."),
            (
                "rm -r \"$ARTIFACT_DIR\"; echo x >\"$ARTIFACT_DIR\"",
                "ARTIFACT_DIR is lost: the command put something else in its place."
            ),
            (
                "rm -r \"$ARTIFACT_DIR\"; ln -s / \"$ARTIFACT_DIR\"",
                "ARTIFACT_DIR is lost: the command put something else in its place."
            ),
        ]
    )
    func `What a command does to its artifact directory does not change its result`(
        command: String,
        note: String
    ) async throws {
        let small = try await run(command)
        #expect(small.result.exitCode == 0 && small.result.cause == nil && !small.directoryExists)
        #expect(small.result.notes == [note])
        let large = try await run("\(command); seq 10000; exit 3")
        #expect(large.result.exitCode == 3 && large.result.cause == nil)
        #expect(large.result.notes == [note])
        #expect(large.files["clusterrunner_console_output"]?.hasSuffix("\n10000\n") == true)
        let place = try await run("mkdir \"$ARTIFACT_DIR/clusterrunner_console_output\"; seq 10000")
        #expect(place.result.exitCode == 0)
        #expect(place.files["clusterrunner_console_output"]?.hasSuffix("\n10000\n") == true)
    }

    @Test(arguments: ["", "mkfifo", "mkdir", "ln -s /dev/zero", "ln -s /no/such/file"])
    func `What a command does to the file of its output does not change its result, nor the next one`(
        replacement: String
    ) async throws {
        try await withScratchDirectory { directory in
            let replace = replacement.isEmpty ? "true" : "\(replacement) $f"
            let script = "f=$(readlink /proc/$$/fd/1); if [ $A = 1 ]; then rm $f; \(replace); fi; echo $A; exit 3"
            let run = try atomRun(Job(name: "Unit", command: script, atomizers: []), directory)
            func report(_ value: String) async -> AtomReport {
                let atom = GrantedAtom(id: 4, atom: Atom(variable: "A", value: ByteString(value)))
                return await run.run(QueuedAtom(lease: 9, subjob: 2, atom: atom)).report
            }
            let first = await report("1")
            #expect(first.obstacle == nil && first.result.exitCode == 3 && first.result.console == .inline([]))
            #expect(first.result.notes == ["The console output is lost: the command removed its file, or replaced it."])
            let second = await report("2")
            #expect(second.obstacle == nil && second.result.exitCode == 3)
            #expect(second.result.console == .inline(Array("2\n".utf8)) && second.result.notes.isEmpty)
        }
    }

    @Test func `Of an output that is too large the middle is cut`() async throws {
        let outcome = try await run("seq 1000000")
        let console = try #require(outcome.files["clusterrunner_console_output"])
        #expect(console.hasPrefix("1\n2\n") && console.hasSuffix("\n999999\n1000000\n"))
        #expect(console.utf8.count <= 1 << 20 + 256)
        #expect(console.contains(" bytes are cut here; the limit is max_console_mb = 1 "))
    }

    @Test func `A command that failed on a full disk is to be run elsewhere`() {
        func shortage(_ end: CommandOutcome.End, free: Int) -> String? {
            AtomRun.diskFault(behind: CommandOutcome(end: end, exitCode: 0, elapsed: .zero)) {
                DiskSpace(path: "/data", freeBytes: free).shortage.map { "was full. \($0)" }
            }?.reason
        }
        #expect(
            shortage(.exited(2), free: 5 << 10) == """
                It failed while the disk of the slave was full. \
                No space left on device: 5 KiB are free on the disk of /data.
                """
        )
        #expect(shortage(.signaled(9), free: 0)?.contains("No space left on device") == true)
        #expect(shortage(.exited(2), free: 64 << 10) == nil)
        #expect(shortage(.exited(0), free: 0) == nil)
        #expect(shortage(.timedOut, free: 0) == nil)
        #expect(shortage(.canceled, free: 0) == nil)
    }

    @Test func `An atom that is too large for the system can be run by no slave`() async throws {
        let outcome = try await run("true", value: String(repeating: "x", count: 256 << 10))
        #expect(outcome.obstacle?.isOfAtom == true)
        #expect(
            outcome.obstacle?.reason == """
                Cannot start a command: the environment variable "A" has 262147 bytes, and a single variable may have at \
                most 128 KiB.
                """
        )
        #expect(!outcome.directoryExists)
    }

    @Test func `What the slave cannot do is no failure of the atom`() async throws {
        try await withScratchDirectory { directory in
            let job = Job(name: "Unit", command: "true", atomizers: [])
            let task = QueuedAtom(lease: 9, subjob: 2, atom: GrantedAtom(id: 4, atom: Atom(variable: "A", value: "1")))
            let gone = try atomRun(job, directory, projectDirectory: "\(directory)/gone")
            let noFolder = await gone.run(task).report.obstacle
            #expect(noFolder?.reason.hasSuffix("gone\": there is no such directory.") == true)
            #expect(noFolder?.isOfAtom == false)
            let run = try atomRun(job, directory)
            try FileManager.default.removeItem(atPath: run.folders.build(7))
            try Data().write(to: URL(filePath: run.folders.build(7)))
            let noBase = await run.run(task).report.obstacle
            #expect(noBase?.reason.hasPrefix("Could not create the directory") == true)
        }
    }

    @Test func `What the command's shell cannot find or start is the command's failure`() async throws {
        for (command, code) in [("no-such-command", 127), ("/", 126)] {
            let outcome = try await run(command)
            #expect(outcome.result.exitCode == code)
            #expect(outcome.obstacle == nil && outcome.result.cause == nil)
        }
    }
}
