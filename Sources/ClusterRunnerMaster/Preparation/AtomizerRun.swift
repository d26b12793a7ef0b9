package import ClusterRunnerConcurrency
package import ClusterRunnerDomain
import ClusterRunnerFiles
package import ClusterRunnerJobFile
package import ClusterRunnerPlugin
import Foundation

/// Runs the atomizers of a job, on the master or for a preview of a build.
package struct AtomizerRun {
    /// The project's directory, in which atomizers run.
    let directory: ByteString
    /// An existing directory for their output.
    let outputDirectory: String
    let environment: [ByteString: ByteString]
    let project: any ProjectType
    let runner: any CommandRunner
    let timekeeper: Timekeeper
    let limits: AtomizerLimits
    /// Keeps the output of the atomizers, failed ones included.
    let keep: @Sendable ([CommandRecord]) -> Void

    /// Creates the run.
    ///
    /// - Parameters:
    ///   - directory: the project's directory, in which atomizers run.
    ///   - outputDirectory: an existing directory for their output.
    ///   - environment: their variables.
    ///   - project: the project, which may wrap the commands.
    ///   - runner: the runner of the commands.
    ///   - timekeeper: the clock.
    ///   - limits: the limits of each atomizer.
    ///   - keep: keeps the output of the atomizers, failed ones included.
    package init(
        directory: ByteString,
        outputDirectory: String,
        environment: [ByteString: ByteString],
        project: any ProjectType,
        runner: any CommandRunner,
        timekeeper: Timekeeper,
        limits: AtomizerLimits = AtomizerLimits(),
        keep: @escaping @Sendable ([CommandRecord]) -> Void = { _ in }
    ) {
        self.directory = directory
        self.outputDirectory = outputDirectory
        self.environment = environment
        self.project = project
        self.runner = runner
        self.timekeeper = timekeeper
        self.limits = limits
        self.keep = keep
    }

    /// Lists the atoms of all atomizers, in order.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/failed`` when an atomizer fails, with command,
    ///   exit code and output, or when all of them list nothing.
    package func atoms(of job: Job) async throws -> [Atom] {
        var atoms: [Atom] = []
        var printed: [String] = []
        var records: [CommandRecord] = []
        defer { keep(records) }
        for atomizer in job.atomizers {
            let (output, errors) = try await run(atomizer, of: job, &records)
            atoms += try AtomizerOutput.atoms(
                from: output,
                variable: atomizer.variable,
                projectDirectory: directory,
                resolvedDirectory: Self.resolved(directory)
            )
            printed.append(Self.excerpt(output, errors))
        }
        guard !atoms.isEmpty else {
            let commands = job.atomizers.map { "\"\($0.command)\"" }.joined(separator: ", ")
            throw ClusterRunnerError(
                .failed,
                "The job \"\(job.name)\" has no atoms: its atomizer \(commands) exited with 0 but listed none. It printed: "
                    + printed.joined(separator: "\n")
            )
        }
        return atoms
    }

    /// Resolves the links in a path; nil when that fails.
    private static func resolved(_ path: ByteString) -> ByteString? {
        guard let resolved = realpath(path.cString, nil) else { return nil }
        defer { free(resolved) }
        return ByteString(cString: resolved)
    }

    private func run(
        _ atomizer: Atomizer,
        of job: Job,
        _ records: inout [CommandRecord]
    ) async throws -> (output: [UInt8], errors: [UInt8]) {
        let paths = (output: "\(outputDirectory)/output", errors: "\(outputDirectory)/errors")
        let command = ShellCommand(
            script: atomizer.command,
            directory: directory,
            environment: environment,
            output: .separate(output: paths.output, error: paths.errors),
            timeout: limits.timeout,
            options: job.shellOptions
        )
        let startedAt = timekeeper.now.wall
        let limit = OutputLimit(bytes: limits.outputBytes, timekeeper: timekeeper)
        let (outcome, isBeyond) = try await limit.run(try await project.wrap(command), with: runner)
        try Task.checkCancellation()
        let output = try contents(of: paths.output)
        let errors = try contents(of: paths.errors)
        let run = CommandRun(
            kind: .atomizer,
            command: atomizer.command,
            exitCode: Int(outcome.exitCode),
            output: CommandRun.text(of: output + errors),
            seconds: outcome.elapsed.inSeconds
        )
        records.append(CommandRecord(run: run, startedAt: startedAt))
        if isBeyond { throw fault(of: atomizer, "printed more than \(limits.outputBytes >> 20) MiB", \.outputAdvice) }
        if outcome.end == .timedOut {
            throw fault(of: atomizer, "did not end within \(Int(limits.timeout.inSeconds)) s", \.timeoutAdvice)
        }
        guard outcome.isSuccess else {
            let shortage = DiskSpace.shortage(at: outputDirectory).map { "\n\($0)" } ?? ""
            throw ClusterRunnerError(
                .failed,
                "The atomizer of \(atomizer.variable) failed with exit code \(outcome.exitCode). Command: "
                    + "\(atomizer.command)\nOutput: \(Self.excerpt(output, errors))\(shortage)"
            )
        }
        try Self.checkIsWhole(outputOf: atomizer, DiskSpace.shortage(at: outputDirectory))
        return (output, errors)
    }

    /// Reads the output of a command, up to its limit; the command may have replaced the file.
    private func contents(of path: String) throws -> [UInt8] {
        do {
            let file = try RegularFile(path)
            return try file.bytes(count: min(file.size, limits.outputBytes))
        } catch {
            throw ClusterRunnerError(.failed, "The output of the atomizer in \(path) cannot be read: \(clause: error).")
        }
    }

    private func fault(
        of atomizer: Atomizer,
        _ problem: String,
        _ advice: KeyPath<AtomizerLimits, String>
    ) -> ClusterRunnerError {
        ClusterRunnerError(
            .failed,
            "The atomizer of \(atomizer.variable) \(problem), so it was ended. \(limits[keyPath: advice]) Command: "
                + atomizer.command
        )
    }

    /// Refuses a list that may have been cut: a build without some of its atoms must not pass.
    static func checkIsWhole(outputOf atomizer: Atomizer, _ shortage: String?) throws {
        guard let shortage else { return }
        throw ClusterRunnerError(
            .failed,
            "The list that the atomizer of \(atomizer.variable) printed may not be complete: \(shortage)"
        )
    }

    /// Returns at most the last 4,000 bytes of an output, for an error message.
    private static func excerpt(_ output: [UInt8], _ errors: [UInt8]) -> String {
        let text = String(decoding: (output + errors).suffix(4000), as: UTF8.self)
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return trimmed.isEmpty ? "(nothing)" : trimmed
    }
}
