import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import Foundation

/// The runner of atoms on one executor.
struct AtomRun: Sendable {
    let setup: BuildSetup
    let executor: Int
    let project: any ProjectType
    let projectDirectory: ByteString
    let environment: JobEnvironment
    let folders: SlaveFolders
    let runner: any CommandRunner
    let timekeeper: Timekeeper
    let cap: OutputCap

    /// Runs one atom, or a batch as if it were its first atom.
    ///
    /// An atom that cannot be started, or whose results cannot be kept, has not failed; its report has an obstacle.
    func run(_ task: QueuedAtom) async -> FinishedAtom {
        let directory = ArtifactDirectory(
            executor: folders.executor(of: setup.build, index: executor),
            name: SlaveFolders.artifactName(subjob: task.subjob, atom: task.atom.id),
            keptIn: folders.kept(of: setup.build, lease: task.lease),
            trash: folders.trash,
            jobUser: folders.jobUser
        )
        let begin = timekeeper.now.uptime
        var report = AtomReport(
            lease: task.lease,
            subjob: task.subjob,
            atom: task.atom.id,
            executor: executor,
            result: AtomResult(exitCode: Self.notStarted, seconds: 0)
        )
        do {
            (report.result, report.obstacle, report.cases) = try await runCommand(task, directory)
        } catch {
            report.obstacle = Self.obstacle(error)
            directory.discard()
        }
        return FinishedAtom(
            report: report,
            directory: directory.keptPath,
            ranWith: directory.path,
            begin: begin,
            wasObstructed: task.atom.obstructions != nil
        )
    }

    /// The exit code of an atom that was not started, the same as a shell's for a command that it cannot start.
    private static let notStarted = 126

    /// Makes the obstacle of an atom that could not be run; an atom that no system could start is its own obstacle.
    static func obstacle(_ error: any Error) -> RunObstacle {
        guard let error = error as? ClusterRunnerError else { return RunObstacle(String(describing: error)) }
        return RunObstacle(error.message, isOfAtom: error.code == .invalidArgument || error.code == .tooLarge)
    }

    private func runCommand(
        _ task: QueuedAtom,
        _ directory: ArtifactDirectory
    ) async throws -> (AtomResult, RunObstacle?, [TestCase]?) {
        try directory.prepare()
        let console = folders.console(of: setup.build, executor: executor)
        let command = ShellCommand(
            script: setup.job.command,
            directory: projectDirectory,
            environment: try variables(of: task, directory),
            output: .combined(path: console),
            timeout: setup.job.timeout.map { .seconds($0 * Double(task.members.count)) },
            options: setup.job.shellOptions
        )
        let outcome = try await runner.run(try await project.wrap(command))
        if setup.job.batch { unlink(listPath(directory)) }
        var remains = directory.look()
        let shortage = Self.diskFault(behind: outcome) { Self.diskFault(beside: console) }
        let findings = await findings(in: directory, console)
        var output = try takeConsole(console, directory, &remains)
        let isKept = directory.keepIfUsed(&remains, hasConsole: output == .file)
        if !isKept, remains.isFilled {
            if output == .file {
                output = .inline(ConsoleFile.end(at: "\(directory.path)/\(ArtifactDirectory.consoleName)"))
            }
            // The next run of the atom here would find it.
            directory.discard()
        }
        var result = AtomResult(
            exitCode: Int(outcome.exitCode),
            seconds: outcome.elapsed.inSeconds,
            cause: Self.cause(of: outcome),
            console: output,
            hasArtifacts: isKept,
            notes: remains.notes
        )
        result.add(findings)
        return (result, shortage, findings.cases)
    }

    /// Returns the variables of the command; writes the file with the values of a job with `batch`.
    private func variables(of task: QueuedAtom, _ directory: ArtifactDirectory) throws -> [ByteString: ByteString] {
        guard setup.job.batch else {
            return environment.forAtom(task.atom, subjob: task.subjob, artifactDirectory: directory.path)
        }
        let lines = task.members.flatMap { environment.value(of: $0).bytes + [UInt8(ascii: "\n")] }
        let file = listPath(directory)
        do {
            // Not through a link that an earlier command may have put there.
            try OpenFile(file, O_WRONLY | O_CREAT | O_EXCL, permissions: 0o644).writeAll(lines)
        } catch {
            throw ClusterRunnerError(.failed, "The list of atoms in \(file) cannot be written: \(clause: error).")
        }
        return environment.forBatch(
            task.members,
            subjob: task.subjob,
            artifactDirectory: directory.path,
            file: file
        )
    }

    /// The path of `$ATOMS_FILE`: in the directory that containers have, too.
    private func listPath(_ directory: ArtifactDirectory) -> String { "\(directory.path)/clusterrunner_atoms" }

    /// Reads the reports of test cases before the directory is moved.
    private func findings(in directory: ArtifactDirectory, _ console: String) async -> ReportCollection.Findings {
        guard let reports = setup.job.reports else { return ReportCollection.Findings() }
        return await ReportCollection(reports: reports, directory: directory.path, console: console).collect()
    }

    /// Returns the cause of an early end of a command; nil when it ran to its end.
    static func cause(of outcome: CommandOutcome) -> String? {
        switch outcome.end {
        case .timedOut: "timeout"
        case .canceled: "canceled"
        case .exited, .signaled: nil
        }
    }

    /// Returns the disk of the slave as the obstacle of a failed command; `fault` says what is wrong with it.
    static func diskFault(behind outcome: CommandOutcome, _ fault: () -> String?) -> RunObstacle? {
        switch outcome.end {
        case .timedOut, .canceled, .exited(0): nil
        case .exited, .signaled: fault().map { RunObstacle("It failed while the disk of the slave \($0)") }
        }
    }

    /// Returns the end of a sentence about the disk of a file; nil when it has room and can be written.
    private static func diskFault(beside path: String) -> String? {
        if let shortage = DiskSpace.shortage(at: path) { return "was full. \(shortage)" }
        let directory = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        return DiskSpace.fault(in: directory).map { "could not be written. \(directory): \($0)." }
    }

    /// Adds the output to the report; a larger one goes beside the artifacts, or is cut to its end when that fails.
    private func takeConsole(
        _ path: String,
        _ directory: ArtifactDirectory,
        _ remains: inout ArtifactDirectory.Remains
    ) throws -> AtomResult.Console {
        do {
            if let bytes = try ConsoleFile.bytes(at: path, upTo: ConsoleFile.inlineLimit) { return .inline(bytes) }
        } catch {
            guard ConsoleFile.wasReplaced(path) else { throw error }
            // A directory would block the next atom.
            folders.trash.discard(path)
            remains.notes.append("The console output is lost: the command removed its file, or replaced it.")
            return .inline([])
        }
        do {
            try cap.take(path, to: directory.makeConsolePlace(&remains), executor: executor)
            return .file
        } catch {
            let reason = (error as? ClusterRunnerError)?.message ?? String(describing: error)
            remains.notes.append("Only the end of the console output is kept. \(reason)")
            return .inline(ConsoleFile.end(at: path))
        }
    }
}

/// A completed atom that waits to be reported.
struct FinishedAtom: Sendable {
    var report: AtomReport
    /// Its artifact directory, which exists only if the result has files.
    let directory: String
    /// The path of the directory while the atom ran, which links of the atom may contain.
    var ranWith: String?
    /// The begin, in uptime; nil when unknown.
    var begin: Duration?
    /// Whether an obstacle was already reported for it.
    var wasObstructed = false

    /// Whether its directory must reach the master before the report.
    var hasFiles: Bool { report.result.hasArtifacts || report.result.console == .file }

    /// Returns the report as it is sent at an uptime, with the age of the run, because the clocks of two machines
    /// differ.
    ///
    /// `notes` are about its files and are added to its own.
    func report(at uptime: Duration, notes: [String] = []) -> AtomReport {
        var report = report
        report.result.notes += notes
        report.age = begin.map { max(.zero, uptime - $0).inMilliseconds }
        return report
    }
}

extension Duration {
    /// The duration in seconds, rounded to milliseconds.
    var inMilliseconds: Double { (inSeconds * 1000).rounded() / 1000 }
}
