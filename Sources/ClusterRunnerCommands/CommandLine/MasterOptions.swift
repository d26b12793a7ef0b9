import ArgumentParser
import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerWire

/// The options of verbs that send requests to a master.
struct MasterOptions: ParsableArguments {
    @OptionGroup var common: CommonOptions

    @Option(name: .shortAndLong, help: ArgumentHelp("The master to ask.", valueName: "host:port"))
    var masterUrl: String?

    @Flag(help: "Print the JSON of the master's API, in one line.")
    var json = false

    init() {}

    /// Creates options with those of every verb.
    init(common: CommonOptions) {
        self.init()
        self.common = common
        masterUrl = nil
        json = false
    }

    /// Runs an operation with a client of the master that has a build.
    ///
    /// When no master answers, that is the embedded cluster that ran it on this machine; a line on standard error says so.
    func withMaster<Success: Sendable>(
        of build: BuildID,
        _ operation: (_ client: MasterClient, _ isEmbedded: Bool) async throws -> Success
    ) async throws -> Success {
        try await withMaster {
            try await operation($0, false)
        } locally: { local, error in
            let place = try await place(of: build, in: local, after: error)
            let result = try await local.withClient(in: place.directory) { try await operation($0, true) }
            guard let result else { throw error }
            return result
        }
    }

    /// Finds a build of this machine because no master answers, and says so on standard error.
    func place(of build: BuildID, in local: LocalBuilds, after error: MasterUnreachable) async throws
        -> LocalBuilds.Place
    {
        guard let place = try await local.place(of: build) else {
            throw ClusterRunnerError(
                .notFound,
                "\(error) There is no build \(build) of the embedded cluster on this machine either (\(local.base))."
            )
        }
        let number = place.namesakes > 1 ? "the newest of \(place.namesakes) builds \(build)" : "build \(build)"
        Terminal.printError("\(error) This is \(number) of the embedded cluster on this machine.")
        return place
    }

    /// Runs an operation with a client of the master, or `locally` with the builds of this machine when none answers.
    ///
    /// A master that was named on the command line has to answer, and so has one where this machine has no builds.
    func withMaster<Success: Sendable>(
        _ operation: (MasterClient) async throws -> Success,
        locally: (LocalBuilds, MasterUnreachable) async throws -> Success
    ) async throws -> Success {
        let composition = try Composition.required()
        let loaded = try common.load(composition, isFileOptional: true)
        let embedded = EmbeddedMaster(
            composition: composition,
            configuration: try loaded.master(),
            logger: common.makeLogger("embedded", try loaded.general())
        )
        let local = LocalBuilds(master: embedded)
        guard masterUrl == nil, !local.isEmpty else { return try await withMaster(operation) }
        do {
            // Asked before the operation, which may print or change something before it fails.
            _ = try await withMaster { try await $0.version() }
        } catch let error as MasterUnreachable where error.stage == .connecting {
            return try await locally(local, error)
        }
        return try await withMaster(operation)
    }

    /// Runs an operation with a client of the master.
    func withMaster<Success>(_ operation: (MasterClient) async throws -> Success) async throws -> Success {
        let configuration = try common.load(try Composition.required(), isFileOptional: true).slave()
        let general = configuration.general
        let address = try general.masterAddress(
            flag: masterUrl,
            host: configuration.masterHostname,
            port: configuration.masterPort
        )
        let authenticator = try MessageAuthenticator(key: general.secret.bytes)
        return try await general.withConnection(to: address, authenticator) {
            try await operation(MasterClient($0))
        }
    }

    /// Returns the style of standard output.
    func style() throws -> TextStyle {
        .choose(isTerminal: Terminal.isInteractive, environment: try Composition.required().environment)
    }

    /// Prints a value as JSON if requested, otherwise lines.
    func print(_ answer: some Encodable, orLines lines: () throws -> [String]) throws {
        if json { return Terminal.print(try String(lineOf: answer)) }
        for line in try lines() { Terminal.print(line) }
    }
}
