import ArgumentParser
import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerMaster
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
            Without a type the project is the current directory, or the nearest folder above it that has a \
            clusterrunner.yaml. When no master answers, the build runs on a cluster \
            inside this process, with one executor per core; it says so if the configuration names a master. The results are left in build_results/. Exits with 0 when \
            every atom succeeded, 1 when some failed, 2 when the build could not be run, 3 when somebody else canceled \
            it, 130 when it was interrupted.
            """
    )

    @OptionGroup var common: CommonOptions

    @Option(
        name: .shortAndLong,
        help: "The job of clusterrunner.yaml to run.",
        completion: .custom { _, _, _ in ShellCompletions.fileJobs() }
    )
    var jobName: String?

    @OptionGroup var choices: JobChoices

    @Flag(help: "Show the atoms and the time that they should take, and run none of them.")
    var dryRun = false

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

    @OptionGroup var share: ShareOptions

    @Option(name: [.customShort("e"), .long], help: "The number of atoms that the embedded cluster runs at a time.")
    var numExecutors: ExecutorCount?

    @Flag(help: "Print each event as a line of JSON, and the result as the last one.")
    var json = false

    @Flag(help: "Show the end of the output of every failed atom, not only of the first twenty.")
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
        if dryRun, upload { throw ValidationError("Choose one of --dry-run and --upload.") }
        if local, masterUrl != nil { throw ValidationError("Choose one of --local and --master-url.") }
        if share.buildKey != nil, cluster || detach || masterUrl != nil {
            throw ValidationError(
                "--build-key makes a cluster of its own: leave out --cluster, --detach and --master-url."
            )
        }
        if local, detach {
            throw ValidationError("Choose one of --local and --detach: a local build ends with its command.")
        }
    }

    func run() async throws {
        let program = try Composition.required()
        if share.buildKey != nil { try common.requireCommonSecret(program.environment) }
        let loaded = try common.load(program, isFileOptional: true)
        let general = try loaded.general()
        let logger = common.makeLogger("build", general)
        let composition = program.with(MachineProjectTypes(program, general, logger))
        try ArgumentBytes.requireText(jobName, of: "--job-name")
        let known = try await projectTypes(of: composition, loaded)
        let request = try await makeRequest(known)
        let (type, parameters) = try await known.validate(request.fields)
        if dryRun {
            return try await makeDryRun(composition, loaded, logger).show(request, parameters, of: type)
        }
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
                abandonment: abandonment,
                rerun: RerunCommand(ArgumentBytes.ofProcess())
            ).perform()
        }
        if let exit = try await performOnCluster(composition, loaded, logger, abandonment, perform) { throw exit }
    }

    /// Reads the arguments, and looks for the project if they do not name one.
    private func makeRequest(_ types: ProjectTypeRegistry) async throws -> BuildRequestArguments {
        let currentDirectory = try ConfigurationLoader.currentDirectoryBytes()
        var request = try await BuildRequestArguments(
            arguments,
            jobName: jobName,
            isUpload: upload || isUploadImplied,
            remoteFiles: remoteFiles,
            currentDirectory: currentDirectory,
            registry: types
        )
        try choices.add(to: &request)
        let search = try request.locateProject(from: currentDirectory)
        if let notice = search?.notice, !common.quiet { Terminal.printError(notice) }
        return request
    }

    /// Whether other machines need the current directory.
    private var isUploadImplied: Bool {
        share.buildKey != nil && !dryRun && arguments.first.map { $0.hasPrefix("-") } ?? true
    }

    /// Runs the build with a client of a master, which may be embedded.
    private typealias Perform = @Sendable (_ client: MasterClient, _ isEmbedded: Bool) async throws -> CommandExit?

    private func makeDryRun(
        _ composition: Composition,
        _ loaded: LoadedConfiguration,
        _ logger: Logger
    ) throws -> DryRun {
        DryRun(
            composition: composition,
            general: try loaded.general(),
            executors: try numExecutors?.value ?? loaded.embeddedExecutors(),
            limits: AtomizerLimits(try loaded.master()),
            logger: logger,
            isJSON: json,
            width: Terminal.width,
            style: .choose(isTerminal: Terminal.isInteractive, environment: composition.environment)
        )
    }

    private func performOnCluster(
        _ composition: Composition,
        _ loaded: LoadedConfiguration,
        _ logger: Logger,
        _ abandonment: OneShotSignal,
        _ perform: @escaping Perform
    ) async throws -> CommandExit? {
        let sharing = try share.sharing(loaded, isQuiet: common.quiet)
        if !local, sharing == nil, case .some(let exit) = try await performOnMaster(loaded, perform) { return exit }
        let cluster = EmbeddedCluster(
            composition: composition,
            master: try loaded.master(),
            slave: try loaded.slave(),
            executors: try numExecutors?.value ?? loaded.embeddedExecutors(),
            logger: logger,
            sharing: sharing
        )
        return try await cluster.run(until: abandonment) { client in
            guard let sharing else { return try await perform(client, true) }
            let exit = try await sharing.around(client) { try await perform(client, true) }
            return exit ?? .interrupted
        }
    }

    /// Returns the project types of this machine, and that of the arguments from the master if only it knows it.
    private func projectTypes(
        of composition: Composition,
        _ loaded: LoadedConfiguration
    ) async throws -> ProjectTypeRegistry {
        var types = composition.projectTypes
        let word = remoteFiles.count.isMultiple(of: 2) ? arguments.first : remoteFiles.last
        guard let name = word, !name.hasPrefix("-"), !types.contains(name), !local, share.buildKey == nil else {
            return types
        }
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
