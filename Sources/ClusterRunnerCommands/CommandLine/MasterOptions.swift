import ArgumentParser
import ClusterRunnerClient
import ClusterRunnerPlugin
import ClusterRunnerWire

/// The options of the verbs that ask a master something.
struct MasterOptions: ParsableArguments {
    @OptionGroup var common: CommonOptions

    @Option(name: .shortAndLong, help: ArgumentHelp("The master to ask.", valueName: "host:port"))
    var masterUrl: String?

    @Flag(help: "Print JSON, as the master's API has it, in one line.")
    var json = false

    /// Lends a client of the master to an operation.
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

    /// How text is emphasised on standard output.
    func style() throws -> TextStyle {
        .choose(isTerminal: Terminal.isInteractive, environment: try Composition.required().environment)
    }

    /// Prints a value where JSON is wanted, else lines.
    func print(_ answer: some Encodable, orLines lines: () throws -> [String]) throws {
        if json { return Terminal.print(try String(lineOf: answer)) }
        for line in try lines() { Terminal.print(line) }
    }
}
