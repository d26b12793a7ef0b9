import ArgumentParser
import ClusterRunnerClient
import ClusterRunnerDomain
import ClusterRunnerWire

/// The verb `clusterrunner shutdown`.
struct ShutdownVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shutdown",
        abstract: "Ask slaves to complete their work and exit."
    )

    @OptionGroup var common: CommonOptions

    @Option(name: .shortAndLong, help: ArgumentHelp("The master of the slaves.", valueName: "host:port"))
    var masterUrl: String?

    @Flag(name: .shortAndLong, help: "All slaves of the master.")
    var allSlaves = false

    @Option(
        name: [.customShort("s"), .customLong("slave-id"), .customLong("slave-ids")],
        parsing: .upToNextOption,
        help: ArgumentHelp("The ids of the slaves.", valueName: "id")
    )
    var slaveIds: [SlaveID] = []

    func validate() throws {
        guard allSlaves != !slaveIds.isEmpty else {
            throw ValidationError("Say which slaves: --slave-id 1 2, or --all-slaves.")
        }
    }

    func run() async throws {
        let configuration = try common.load(try Composition.required()).slave()
        let general = configuration.general
        let address = try general.masterAddress(
            flag: masterUrl,
            host: configuration.masterHostname,
            port: configuration.masterPort
        )
        let authenticator = try MessageAuthenticator(key: general.secret.bytes)
        try await general.withConnection(to: address, authenticator) {
            try await MasterClient($0).shutDown(slaves: allSlaves ? nil : slaveIds)
        }
        Terminal.print(Self.sentence(slaves: allSlaves ? nil : slaveIds, of: "\(address)"))
    }

    /// Returns the sentence about a shutdown; nil means all slaves.
    static func sentence(slaves: [SlaveID]?, of address: String) -> String {
        guard let slaves else { return "All slaves of \(address) finish what they run, and exit." }
        let numbers = slaves.map(\.description).joined(separator: ", ")
        return slaves.count == 1
            ? "Slave \(numbers) of \(address) finishes what it runs, and exits."
            : "The slaves \(numbers) of \(address) finish what they run, and exit."
    }
}
