import ArgumentParser
import ClusterRunnerCore
import Foundation
import Logging

/// The verb `clusterrunner check`.
struct CheckVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Validate a job file and show what it would run, without a master.",
        discussion: "Atomizers are not run; every fault of the file is reported at once."
    )

    @OptionGroup var common: CommonOptions

    @Argument(help: ArgumentHelp("The job file, or the directory it lies in.", valueName: "path"))
    var path = "."

    @Option(name: .shortAndLong, help: "Show this job only.")
    var jobName: String?

    func run() throws {
        let file = try load()
        let jobs = try jobName.map { [try file.job(named: $0)] } ?? file.jobs
        for job in jobs { Terminal.print(JobDescription(job: job).text) }
        let count = file.jobs.count
        Terminal.print("\(file.file) is valid: \(count) job\(count == 1 ? "" : "s").")
    }

    private func load() throws -> JobFile {
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw ClusterRunnerError(
                .invalidArgument,
                "There is nothing at \(path). Name a job file, or its directory."
            )
        }
        if isDirectory.boolValue { return try JobFile.load(directory: path) }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ClusterRunnerError(.failed, "\(path) cannot be read.")
        }
        return try JobFile.parse([UInt8](data), file: path)
    }
}

/// A job in words.
struct JobDescription {
    let job: Job

    /// One line for each thing the job says.
    var text: String {
        var lines = ["\(job.name):"]
        if let setup = job.setup { lines.append("  once per slave, first: \(setup)") }
        for atomizer in job.atomizers { lines.append("  atoms, as \(atomizer.variable): \(atomizer.command)") }
        lines.append("  for each atom: \(job.command)")
        if let teardown = job.teardown { lines.append("  once per slave, last: \(teardown)") }
        if !limits.isEmpty { lines.append("  limits: \(limits.joined(separator: ", "))") }
        for (name, value) in job.environment.sorted(by: { $0.key < $1.key }) { lines.append("  \(name)=\(value)") }
        return lines.joined(separator: "\n")
    }

    /// A number of seconds as people write it: 60, not 60.0.
    private func seconds(_ number: Double) -> String {
        let text = "\(number)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private var limits: [String] {
        [
            job.maxExecutors.map { "at most \($0) executors" },
            job.maxExecutorsPerSlave.map { "at most \($0) executors per slave" },
            job.timeout.map { "\(seconds($0)) s per atom" },
            job.retries > 0 ? "a failed atom is run again up to \(job.retries) times" : nil,
            job.failFast ? "the first failure ends the build" : nil,
            job.speculate ? "an atom that takes far too long is run a second time" : nil,
        ].compactMap { $0 }
    }
}
