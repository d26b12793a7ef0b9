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

/// Runs of batches with the system's bash.
@Suite(.timeLimit(.minutes(10))) struct BatchRunTests {
    private func run(
        _ command: String,
        _ values: [String],
        timeout: Double? = nil,
        _ look: (AtomRun.BatchOutcome) throws -> Void
    ) async throws {
        try await withScratchDirectory { directory in
            let job = Job(
                name: "Unit",
                command: command,
                atomizers: [],
                timeout: timeout,
                batch: true,
                reports: JobReports(junit: [try #require(PathPattern("*.xml"))])
            )
            let members = values.enumerated().map { number, value in
                GrantedAtom(id: AtomIndex(number), atom: Atom(variable: "T", value: value))
            }
            let task = QueuedAtom(lease: 9, subjob: 2, atom: members[0], companions: Array(members.dropFirst()))
            try look(await atomRun(job, directory).runAll(task))
        }
    }

    private func atomRun(_ job: Job, _ directory: String) throws -> AtomRun {
        let folders = SlaveFolders(base: directory)
        try folders.create(folders.build(7))
        let environment = JobEnvironment(
            inherited: ["PATH": "/usr/bin:/bin"],
            job: job,
            build: 7,
            projectDirectory: ByteString(directory),
            masterURL: "m:1"
        )
        return AtomRun(
            setup: .of(job, build: 7),
            executor: 1,
            project: try DirectoryProjectType(
                parameters: ProjectParameters(["project_directory": .string(directory)]),
                context: ProjectContext(storageDirectory: directory, role: .master, logger: .silent)
            ),
            projectDirectory: ByteString(directory),
            environment: environment.onExecutor(1, firstInBuild: 10),
            folders: folders,
            runner: ProcessCommandRunner(logger: .silent, terminationGrace: .milliseconds(100)),
            timekeeper: Timekeeper(clock: StepClock()) { 0 },
            cap: OutputCap(limit: 1 << 20, executors: 2)
        )
    }

    private func console(_ atom: FinishedAtom) -> String? {
        guard case .inline(let bytes) = atom.report.result.console else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A command that writes a report in which `$BAD` fails, and fails itself.
    private static let reporting = """
        { echo '<testsuite>'; while read -r t; do
        echo "<testcase classname='$t' name='x' time='0'>"; [ "$t" != bad ] || echo '<failure/>'; echo '</testcase>'
        done < "$ATOMS_FILE"; echo '</testsuite>'; } > "$ARTIFACT_DIR/r.xml"; exit 3
        """

    @Test func `One process gets the values of all atoms, as a list and as a file`() async throws {
        try await run("echo ${T-unset}; echo \"$ATOMS\"; cat \"$ATOMS_FILE\"", ["a b", "$PROJECT_DIR/c"]) { outcome in
            #expect(outcome.unknown.isEmpty)
            #expect(outcome.finished.map(\.report.atom) == [0, 1])
            #expect(outcome.finished.allSatisfy { !$0.report.result.isFailure && !$0.hasFiles })
            let lines = console(outcome.finished[0])?.split(separator: "\n").map(String.init) ?? []
            #expect(lines.count == 5 && lines[0] == "unset" && lines[1] == "a b" && lines[3] == "a b", "\(lines)")
            #expect(lines.last?.hasPrefix("/") == true && lines.last?.hasSuffix("/c") == true)
            #expect(
                console(outcome.finished[1])
                    == "[ClusterRunner: 2 atoms ran in one process. Its output and artifacts are in artifact_2_0, with a b.]\n"
            )
        }
    }

    @Test func `A batch of one has the variable, too`() async throws {
        try await run("[ \"$T\" = only ] && [ \"$ATOMS\" = only ] && [ \"$(cat \"$ATOMS_FILE\")\" = only ]", ["only"]) {
            #expect($0.finished.map(\.report.result.exitCode) == [0] && $0.unknown.isEmpty)
        }
    }

    @Test func `The failed atom of a report fails, has the files, and the others pass`() async throws {
        try await run(Self.reporting, ["good", "bad", "fine"]) { outcome in
            #expect(outcome.unknown.isEmpty)
            #expect(outcome.finished.map(\.report.result.exitCode) == [0, 3, 0])
            #expect(outcome.finished.map(\.hasFiles) == [false, true, false])
            #expect(outcome.finished.map { $0.report.cases?.map(\.className) } == [["good"], ["bad"], ["fine"]])
            let files = try FileManager.default.contentsOfDirectory(atPath: outcome.finished[1].directory)
            #expect(files == ["r.xml"] && outcome.finished[1].directory.hasSuffix("/artifact_2_1"))
        }
    }

    @Test func `Without a report a failure says nothing about any atom, and leaves no files`() async throws {
        try await run("touch \"$ARTIFACT_DIR/f\"; exit 1", ["a", "b"]) { outcome in
            #expect(outcome.finished.isEmpty)
            #expect(outcome.unknown.map(\.id) == [0, 1])
        }
    }

    @Test func `An atom that kills its shell after the report makes all run again`() async throws {
        let killing = Self.reporting.replacing("exit 3", with: "kill -KILL $$")
        try await run(killing, ["good", "bad"]) { #expect($0.finished.isEmpty && $0.unknown.map(\.id) == [0, 1]) }
    }

    @Test func `A batch may take the time limits of all its atoms together`() async throws {
        try await run("sleep 0.3", ["a", "b", "c", "d"], timeout: 0.2) { #expect($0.finished.count == 4) }
        try await run("sleep 60", ["a", "b"], timeout: 0.1) { #expect($0.unknown.count == 2) }
    }
}
