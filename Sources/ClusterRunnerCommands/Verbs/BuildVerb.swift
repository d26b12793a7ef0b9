import ArgumentParser
import ClusterRunnerClient
import ClusterRunnerConcurrency
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
            every atom succeeded, 1 when some failed, 2 when the build could not be run, 130 when it was interrupted.
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

    @Option(
        name: [.customShort("f"), .customLong("remote-file")],
        parsing: .upToNextOption,
        help: ArgumentHelp("Download a URL into the workspace under a name.", valueName: "name> <url")
    )
    var remoteFiles: [String] = []

    @Option(help: ArgumentHelp("The directory for the results (default: build_results).", valueName: "directory"))
    var results: String?

    @Option(help: "The atoms with a directory in the results: all, failed or none.")
    var resultsFor = ResultsSelection.all

    @Option(name: [.customShort("e"), .long], help: "The number of atoms that the embedded cluster runs at a time.")
    var numExecutors: ExecutorCount?

    @Flag(help: "Print each event as a line of JSON, and the result as the last one.")
    var json = false

    @Flag(help: "Show the end of an atom's output when it fails, not only when the build has ended.")
    var followFailures = false

    @Argument(parsing: .allUnrecognized, help: ArgumentHelp("The project type, and its options.", valueName: "type"))
    var arguments: [String] = []

    func validate() throws {
        try numExecutors?.validate()
        if local, cluster { throw ValidationError("Choose one of --local and --cluster.") }
        if local, masterUrl != nil { throw ValidationError("Choose one of --local and --master-url.") }
    }

    func run() async throws {
        let program = try Composition.required()
        let loaded = try common.load(program, isFileOptional: true)
        let general = try loaded.general()
        let logger = try common.makeLogger("build", general, toFile: false)
        let composition = program.with(MachineProjectTypes(program, general, logger))
        try ArgumentBytes.requireText(jobName, of: "--job-name")
        let currentDirectory = try ConfigurationLoader.currentDirectory()
        let request = try await BuildRequestArguments(
            arguments,
            jobName: jobName,
            remoteFiles: remoteFiles,
            currentDirectory: ConfigurationLoader.currentDirectoryBytes(),
            registry: composition.projectTypes
        )
        _ = try await composition.projectTypes.validate(request.fields)
        let results = try ResultsDirectory(results, currentDirectory: currentDirectory)
        try results.check()
        let output = output(composition.environment)
        let abandonment = OneShotSignal()
        let perform: Perform = { client, isEmbedded in
            try await BuildRun(
                client: client,
                request: request,
                archiver: composition.archiver,
                results: results,
                selection: resultsFor,
                output: output,
                isEmbedded: isEmbedded,
                abandonment: abandonment
            ).perform()
        }
        if let exit = try await performOnCluster(composition, loaded, logger, abandonment, perform) { throw exit }
    }

    /// Runs the build with a client of a master, which may be embedded.
    private typealias Perform = @Sendable (_ client: MasterClient, _ isEmbedded: Bool) async throws -> CommandExit?

    private func output(_ environment: [String: String]) -> BuildOutput {
        let mode: BuildConsole.Mode =
            json
            ? .json : common.quiet ? .quiet : Terminal.isInteractive && environment["TERM"] != "dumb" ? .live : .plain
        return BuildOutput(
            mode: mode,
            style: .choose(isTerminal: Terminal.isInteractive, environment: environment),
            width: Terminal.width,
            followsFailures: followFailures,
            gitHub: GitHubOutput(environment: environment, isJSON: json)
        )
    }

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

    /// Runs the build on the master of the flag or the configuration; nil when it is to run locally.
    private func performOnMaster(_ loaded: LoadedConfiguration, _ perform: Perform) async throws -> CommandExit?? {
        let configuration = try loaded.slave()
        let general = configuration.general
        let address = try general.masterAddress(
            flag: masterUrl,
            host: configuration.masterHostname,
            port: configuration.masterPort
        )
        let keys = SlaveConfiguration.keys
        let search = MasterSearch(
            isRequired: cluster || masterUrl != nil,
            isConfigured: loaded.isConfigured(keys.masterHostname, for: .slave)
                || loaded.isConfigured(keys.masterPort, for: .slave)
        )
        let authenticator = try MessageAuthenticator(key: general.secret.bytes)
        return try await general.withConnection(to: address, authenticator) { connection in
            let client = MasterClient(connection)
            do {
                _ = try await client.version()
            } catch {
                let notice = try search.noticeOfLocalBuild(instead: address, after: error)
                if let notice { Terminal.printError(notice) }
                return nil
            }
            return .some(try await perform(client, false))
        }
    }
}
