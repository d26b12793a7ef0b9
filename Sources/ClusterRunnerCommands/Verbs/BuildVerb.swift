import ArgumentParser
import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation
import Logging

/// The verb `clusterrunner build`.
struct BuildVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build",
        abstract: "Run a build and wait for its results.",
        usage: "clusterrunner build [<type>] [<options>]",
        discussion: """
            Without a type the project is the current directory. When no master answers, the build runs on a cluster \
            inside this process, with one executor per core; it says so if the configuration names a master. The results are left in build_results/. Exits with 0 when \
            every atom succeeded, 1 when some failed, 2 when the build could not be run, 3 when somebody else canceled \
            it, 130 when it was interrupted.
            """
    )

    @OptionGroup var common: CommonOptions

    @Option(name: .shortAndLong, help: "The job of clusterrunner.yaml to run.")
    var jobName: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("The master to use.", valueName: "host:port"))
    var masterUrl: String?

    @Flag(help: "Build on a cluster inside this process, and ask no master.")
    var local = false

    @Flag(help: "Build on the master of the configuration, and not at all if it does not answer.")
    var cluster = false

    @Flag(help: "Print the number of the build, and end as soon as the master has queued it.")
    var detach = false

    @Flag(help: "Upload the current directory as it is, without what git ignores.")
    var upload = false

    @Flag(help: "Request a new build even if one of the same upload is running.")
    var noJoin = false

    @Option(
        name: [.customShort("f"), .customLong("remote-file")],
        parsing: .upToNextOption,
        help: ArgumentHelp("Download a URL into the workspace under a name.", valueName: "name> <url")
    )
    var remoteFiles: [String] = []

    @OptionGroup var delivery: ResultsOptions

    @Option(name: [.customShort("e"), .long], help: "The number of atoms that the embedded cluster runs at a time.")
    var numExecutors: ExecutorCount?

    @Flag(help: "Print each event as a line of JSON, and the result as the last one.")
    var json = false

    @Flag(help: "Show the end of an atom's output when it fails, not only when the build has ended.")
    var followFailures = false

    @Argument(
        parsing: .allUnrecognized,
        help: ArgumentHelp("The project type, and its options.", valueName: "type"),
        completion: .custom { words, _, _ in MachineProjectTypes.completions(after: words) }
    )
    var arguments: [String] = []

    func validate() throws {
        try numExecutors?.validate()
        if local, cluster { throw ValidationError("Choose one of --local and --cluster.") }
        if local, masterUrl != nil { throw ValidationError("Choose one of --local and --master-url.") }
        if local, detach {
            throw ValidationError("Choose one of --local and --detach: a local build ends with its command.")
        }
    }

    func run() async throws {
        let program = try Composition.required()
        let loaded = try common.load(program, isFileOptional: true)
        let general = try loaded.general()
        let logger = common.makeLogger("build", general)
        let composition = program.with(MachineProjectTypes(program, general, logger))
        try ArgumentBytes.requireText(jobName, of: "--job-name")
        let known = try await projectTypes(of: composition, loaded)
        let request = try await BuildRequestArguments(
            arguments,
            jobName: jobName,
            isUpload: upload,
            remoteFiles: remoteFiles,
            currentDirectory: ConfigurationLoader.currentDirectoryBytes(),
            registry: known
        )
        let (type, parameters) = try await known.validate(request.fields)
        let results = try delivery.checkedDirectory()
        let output = BuildOutput(
            isJSON: json,
            isQuiet: common.quiet,
            followsFailures: followFailures,
            environment: composition.environment
        )
        let abandonment = OneShotSignal()
        let archives = MachineArchives(
            downloader: general.downloader(),
            archiver: composition.archiver
        )
        let perform: Perform = { client, isEmbedded in
            let upload = type.uploading.map { type in
                ProjectUpload(
                    type: type,
                    parameters: parameters,
                    client: client,
                    archives: archives,
                    foreignPaths: [ByteString(results.path)],
                    isQuiet: common.quiet || json
                )
            }
            return try await BuildRun(
                client: client,
                origin: .request(request, upload: upload, joins: upload != nil && !noJoin),
                detaches: detach,
                archiver: composition.archiver,
                results: results,
                selection: delivery.resultsFor,
                output: output,
                isEmbedded: isEmbedded,
                abandonment: abandonment
            ).perform()
        }
        if let exit = try await performOnCluster(composition, loaded, logger, abandonment, perform) { throw exit }
    }

    /// Runs the build with a client of a master, which may be embedded.
    private typealias Perform = @Sendable (_ client: MasterClient, _ isEmbedded: Bool) async throws -> CommandExit?

    private func performOnCluster(
        _ composition: Composition,
        _ loaded: LoadedConfiguration,
        _ logger: Logger,
        _ abandonment: OneShotSignal,
        _ perform: @escaping Perform
    ) async throws -> CommandExit? {
        if !local, case .some(let exit) = try await performOnMaster(loaded, perform) { return exit }
        let slave = try loaded.slave()
        let isChosen = loaded.isConfigured(SlaveConfiguration.keys.numExecutors, for: .slave)
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let cluster = EmbeddedCluster(
            composition: composition,
            master: try loaded.master(),
            slave: slave,
            executors: numExecutors?.value ?? (isChosen ? slave.executorCount : cores),
            logger: logger
        )
        return try await cluster.run(until: abandonment) { try await perform($0, true) }
    }

    /// Returns the project types of this machine, and that of the arguments from the master if only it knows it.
    private func projectTypes(
        of composition: Composition,
        _ loaded: LoadedConfiguration
    ) async throws -> ProjectTypeRegistry {
        var types = composition.projectTypes
        let word = remoteFiles.count.isMultiple(of: 2) ? arguments.first : remoteFiles.last
        guard let name = word, !name.hasPrefix("-"), !types.contains(name), !local else { return types }
        try await withMaster(loaded) { client, search in
            do {
                let answer = try await client.projectTypes()
                if let type = answer.projectTypes.first(where: { $0.name == name }) { types.register(type.registered) }
            } catch {
                // Where no master has to be there, the error is that no type has the name.
                _ = try search.noticeOfLocalBuild(instead: client.address, after: error)
            }
        }
        return types
    }

    /// Runs the build on the master of the flag or the configuration; nil when it is to run locally.
    private func performOnMaster(_ loaded: LoadedConfiguration, _ perform: Perform) async throws -> CommandExit?? {
        try await withMaster(loaded) { client, search in
            do {
                _ = try await client.version()
            } catch {
                let notice = try search.noticeOfLocalBuild(instead: client.address, after: error)
                if let notice { Terminal.printError(notice) }
                return nil
            }
            return .some(try await perform(client, false))
        }
    }

    /// Runs `body` with a client of the master of the flag or the configuration.
    private func withMaster<Result>(
        _ loaded: LoadedConfiguration,
        _ body: (MasterClient, MasterSearch) async throws -> Result
    ) async throws -> Result {
        let configuration = try loaded.slave()
        let general = configuration.general
        let address = try general.masterAddress(
            flag: masterUrl,
            host: configuration.masterHostname,
            port: configuration.masterPort
        )
        let keys = SlaveConfiguration.keys
        let search = MasterSearch(
            isRequired: cluster || detach || masterUrl != nil,
            isConfigured: loaded.isConfigured(keys.masterHostname, for: .slave)
                || loaded.isConfigured(keys.masterPort, for: .slave)
        )
        let authenticator = try MessageAuthenticator(key: general.secret.bytes)
        return try await general.withConnection(to: address, authenticator) { connection in
            try await body(MasterClient(connection), search)
        }
    }
}
