import ArgumentParser
import ClusterRunnerAPI
import ClusterRunnerClient
import ClusterRunnerCore
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
            inside this process, with one executor per core. The results are left in build_results/. Exits with 0 when \
            every atom succeeded, 1 when some failed, 2 when the build could not be run, 130 when it was interrupted.
            """
    )

    @OptionGroup var common: CommonOptions

    @Option(name: .shortAndLong, help: "The job of clusterrunner.yaml to run.")
    var jobName: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("The master to use.", valueName: "host:port"))
    var masterUrl: String?

    @Option(
        name: [.customShort("f"), .customLong("remote-file")],
        parsing: .upToNextOption,
        help: ArgumentHelp("Download a URL into the workspace under a name.", valueName: "name> <url")
    )
    var remoteFiles: [String] = []

    @Option(name: [.customShort("e"), .long], help: "How many atoms the embedded cluster runs at a time.")
    var numExecutors: Int?

    @Flag(help: "Print each event as a line of JSON, and the result as the last one.")
    var json = false

    @Flag(help: "Show the end of an atom's output when it fails, not only when the build has ended.")
    var followFailures = false

    @Argument(parsing: .allUnrecognized, help: ArgumentHelp("The project type, and its options.", valueName: "type"))
    var arguments: [String] = []

    func validate() throws {
        if let numExecutors, numExecutors < 1 {
            throw ValidationError("--num-executors must be at least 1, not \(numExecutors).")
        }
    }

    func run() async throws {
        let composition = try Composition.required()
        let currentDirectory = ConfigurationLoader.currentDirectory()
        let request = try BuildRequestArguments(
            arguments,
            jobName: jobName,
            remoteFiles: remoteFiles,
            currentDirectory: ConfigurationLoader.currentDirectoryBytes(),
            registry: composition.projectTypes
        )
        _ = try composition.projectTypes.validate(request.fields)
        let output = output(composition.environment)
        let perform: Perform = { client, isEmbedded in
            try await BuildRun(
                client: client,
                request: request,
                archiver: composition.archiver,
                currentDirectory: currentDirectory,
                output: output,
                isEmbedded: isEmbedded
            ).perform()
        }
        do {
            if let exit = try await performOnCluster(composition, perform) { throw exit }
        } catch let error as MasterUnreachable {
            throw ClusterRunnerError(.unavailable, error.description)
        }
    }

    /// Performs the build with a client of a master, which may be embedded.
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
        _ perform: Perform
    ) async throws -> CommandExit? {
        let configuration = try common.load(composition).slave()
        let general = configuration.general
        let address = try general.masterAddress(
            flag: masterUrl,
            host: configuration.masterHostname,
            port: configuration.masterPort
        )
        let authenticator = try MessageAuthenticator(key: general.secret.bytes)
        let connection = try general.connection(to: address, authenticator)
        let client = MasterClient(connection)
        let (wasThere, exit) = try await closing(connection) {
            try await isThere(client) ? (true, try await perform(client, false)) : (false, nil)
        }
        if wasThere { return exit }
        let cluster = EmbeddedCluster(
            composition: composition,
            configuration: general,
            executors: numExecutors ?? ProcessInfo.processInfo.activeProcessorCount,
            logger: try common.makeLogger("build", general, toFile: false)
        )
        return try await cluster.run { try await perform($0, true) }
    }

    /// Closes a connection after an operation, however that ends.
    private func closing<Success>(
        _ connection: MasterConnection,
        after operation: () async throws -> Success
    ) async throws -> Success {
        do {
            let result = try await operation()
            await connection.shutDown()
            return result
        } catch {
            await connection.shutDown()
            throw error
        }
    }

    /// Whether a master answers; one that was named must.
    private func isThere(_ client: MasterClient) async throws -> Bool {
        do {
            _ = try await client.version()
            return true
        } catch let error as MasterUnreachable {
            guard masterUrl == nil else { throw error }
            return false
        }
    }
}
