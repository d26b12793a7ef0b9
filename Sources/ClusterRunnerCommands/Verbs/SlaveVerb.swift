import ArgumentParser
import ClusterRunnerClient
import ClusterRunnerSlave
import ClusterRunnerWire
import Logging

/// The verb `clusterrunner slave`.
struct SlaveVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "slave",
        abstract: "Run a slave: it offers its executors to a master and runs atoms."
    )

    @OptionGroup var common: CommonOptions

    @Option(name: .shortAndLong, help: "The port of the slave's own API; 0 lets the system choose.")
    var port: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("The master to work for.", valueName: "host:port"))
    var masterUrl: String?

    @Option(name: [.customShort("e"), .long], help: "The number of atoms to run at a time.")
    var numExecutors: String?

    @Option(
        help: ArgumentHelp("Write the slave's events to this file, or STDOUT, as lines of JSON.", valueName: "path")
    )
    var eventlogFile: String?

    func run() async throws {
        let composition = try Composition.required()
        let flags = ["port": port, "num_executors": numExecutors, "eventlog_filename": eventlogFile]
        let configuration = try common.load(composition).slave(flags: flags.compactMapValues { $0 })
        let general = configuration.general
        let directory = "\(general.baseDirectory)/slave-\(configuration.port)"
        let lock = try await BaseDirectoryLock.afterEndingHolder(of: directory) { holder in
            let process = holder.map(String.init) ?? "unknown"
            Terminal.printError("Waiting for process \(process), a slave that is still ending.")
        }
        defer { lock.release() }
        let processes = ServiceProcesses(baseDirectory: general.baseDirectory)
        let pidFile = try processes.register(name: "slave-\(configuration.port)")
        defer { pidFile.remove() }
        let logger = try common.makeLogger("slave", general, toFile: true)
        let authenticator = try MessageAuthenticator(key: general.secret.bytes)
        let address = try general.masterAddress(
            flag: masterUrl,
            host: configuration.masterHostname,
            port: configuration.masterPort
        )
        try await general.withConnection(to: address, authenticator) { connection in
            try await run(configuration, directory, composition, connection, authenticator, lock, logger)
        }
    }

    private func run(
        _ configuration: SlaveConfiguration,
        _ directory: String,
        _ composition: Composition,
        _ connection: MasterConnection,
        _ authenticator: MessageAuthenticator,
        _ lock: BaseDirectoryLock,
        _ logger: Logger
    ) async throws {
        let parts = try composition.slaveParts(
            connection: connection,
            authenticator: authenticator,
            configuration.general,
            logger: logger
        )
        let stop = SlaveStop()
        let service = SlaveService(
            settings: try configuration.settings(directory, composition),
            parts: parts,
            stop: stop,
            logger: logger
        )
        let count = configuration.executorCount
        let executors = "\(count) executor\(count == 1 ? "" : "s")"
        Terminal.announce(
            "The slave offers \(executors) to the master at \(connection.address).",
            beside: configuration.eventLog
        )
        let run = SignaledRun(
            service: service,
            deadline: configuration.general.shutdownTimeout,
            timekeeper: parts.timekeeper,
            logger: logger,
            isEnding: { lock.markEnding() },
            stop: { stop.fire() }
        )
        try await run.run()
    }
}
