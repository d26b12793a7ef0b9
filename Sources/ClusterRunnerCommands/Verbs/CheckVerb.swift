import ArgumentParser
import ClusterRunnerFiles
import ClusterRunnerJobFile
import ClusterRunnerMaster
import ClusterRunnerPlugin
import Foundation
import Logging

/// The verb `clusterrunner check`.
struct CheckVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Validate a job file and show what it would run, without a master.",
        discussion: """
            Every fault of the file is reported at once; the shell reads each command by itself, without running it. \
            Then the atomizers are run, and what earlier builds on this machine took tells how long a build should take.
            """
    )

    @OptionGroup var common: CommonOptions

    @Argument(
        help: ArgumentHelp(
            "The job file, or the directory it lies in (default: the nearest one, from the current directory upwards).",
            valueName: "path"
        )
    )
    var path: String?

    @Option(
        name: .shortAndLong,
        help: "Show this job only.",
        completion: .custom { _, _, _ in ShellCompletions.fileJobs() }
    )
    var jobName: String?

    @Option(name: [.customShort("e"), .long], help: "The executors to plan for (default: one per core).")
    var numExecutors: ExecutorCount?

    @Flag(help: "Only validate the file: run none of its commands.")
    var noAtomizers = false

    @Flag(help: "Print the plan as a line of JSON.")
    var json = false

    @Flag(help: "Print the JSON Schema of job files, for editors, and check nothing.")
    var schema = false

    func validate() throws {
        try numExecutors?.validate()
    }

    func run() async throws {
        guard !schema else { return Terminal.print(try JobFileSchema.document.indentedText) }
        let (file, directory) = try load()
        let jobs = try jobName.map { [try file.job(named: $0)] } ?? file.jobs
        let plan = try plan(in: directory)
        try await plan.checkSyntax(of: file)
        var objects: [JSONValue] = []
        for job in jobs {
            let outcome = noAtomizers ? nil : try await plan.outlook { _ in job }
            if json {
                let members = outcome?.forecast.json ?? [:]
                let warning = outcome?.warning.map(JSONValue.string) ?? .null
                objects.append(.object(members.merging(["name": .string(job.name), "warning": warning]) { $1 }))
            } else {
                let lines = outcome?.forecast.lines ?? []
                Terminal.print(([JobDescription(job: job).text] + lines.map { "  \($0)" }).joined(separator: "\n"))
                if let warning = outcome?.warning { Terminal.printError(warning) }
            }
        }
        let count = file.jobs.count
        guard !json else {
            return Terminal.print(try (["file": .string(file.file), "jobs": .array(objects)] as JSONValue).line)
        }
        Terminal.print("\(file.file) is valid: \(count) job\(count == 1 ? "" : "s").")
    }

    private func plan(in directory: ByteString) throws -> JobPlan {
        let composition = try Composition.required()
        let loaded = try common.load(composition, isFileOptional: true)
        let general = try loaded.general()
        return JobPlan(
            composition: composition,
            configuration: general,
            request: JobPlan.request(ofDirectory: directory),
            executors: numExecutors?.value ?? ProcessInfo.processInfo.activeProcessorCount,
            limits: AtomizerLimits(try loaded.master()),
            logger: common.makeLogger("check", general)
        )
    }

    /// Reads the file and returns the absolute path of its directory.
    private func load() throws -> (file: JobFile, directory: ByteString) {
        guard let path else {
            let search = try JobFileSearch(from: ConfigurationLoader.currentDirectoryBytes())
            if let notice = search.notice, !common.quiet { Terminal.printError(notice) }
            return (try JobFile.load(directory: search.folder), search.folder)
        }
        let given = ArgumentBytes.bytes(of: path)
        let location = try given.isAbsolute ? given : ConfigurationLoader.currentDirectoryBytes().appending(given)
        guard let status = FileStatus(path: given) else {
            if let obstacle = PathObstacle(to: location) {
                throw ClusterRunnerError(.failed, "\(given) cannot be read: \(obstacle).")
            }
            throw ClusterRunnerError(
                .invalidArgument,
                "There is nothing at \(given). Name a job file, or its directory."
            )
        }
        if status.kind == .directory {
            return (try JobFile.load(directory: given), location.standardized)
        }
        return (try JobFile.load(file: given), location.parent)
    }
}
