import ArgumentParser
import ClusterRunnerClient
import ClusterRunnerPlugin
import ClusterRunnerWire

/// The options of verbs that send requests to a master.
struct MasterOptions: ParsableArguments {
    @OptionGroup var common: CommonOptions

    @Option(name: .shortAndLong, help: ArgumentHelp("The master to ask.", valueName: "host:port"))
    var masterUrl: String?

    @Flag(help: "Print the JSON of the master's API, in one line.")
    var json = false

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
