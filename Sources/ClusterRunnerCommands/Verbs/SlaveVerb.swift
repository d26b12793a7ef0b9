import ArgumentParser
import ClusterRunnerClient
import ClusterRunnerHTTP
import ClusterRunnerSlave
import ClusterRunnerWire
import Logging

/// The verb `clusterrunner slave`.
struct SlaveVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "slave",
        abstract: "Run a slave: it offers its executors to a master and runs what it is handed."
    )

    @OptionGroup var common: CommonOptions

    @Option(SlaveConfiguration.keys.port)
    var port: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("The master to work for.", valueName: "host:port"))
    var masterUrl: String?

    @Option(SlaveConfiguration.keys.numExecutors)
    var numExecutors: String?

    @Option(SlaveConfiguration.keys.slaveName)
    var name: String?

    @Option(GeneralConfiguration.keys.eventlogFilename)
    var eventlogFile: String?

    @OptionGroup var join: JoinOptions

    func run() async throws {
        let program = try Composition.required()
        if let key = join.forBuild { return try await work(forBuild: key, program) }
        let keys = SlaveConfiguration.keys
        let configuration = try common.load(program).slave(flags: [
            keys.port: port, keys.numExecutors: numExecutors, keys.slaveName: name,
            GeneralConfiguration.keys.eventlogFilename: eventlogFile,
        ])
        let general = configuration.general
        let directory = "\(general.baseDirectory)/slave-\(configuration.port)"
        let lock = try await BaseDirectoryLock.afterEndingHolder(of: directory) { holder in
            let process = holder.map(String.init) ?? "unknown"
            Terminal.printError("Waiting for the slave that still ends, process \(process).")
        }
        defer { lock.release() }
        let processes = ServiceProcesses(baseDirectory: general.baseDirectory)
        let pidFile = try processes.register(name: "slave-\(configuration.port)")
        defer { pidFile.remove() }
        let (logger, levels) = try common.makeServiceLogger("slave", general)
        let types = MachineProjectTypes(program, general, logger)
        let composition = program.with(types)
        async let _ = types.describe(logger)
        let authenticator = try MessageAuthenticator(key: general.secret.bytes)
        let address = try general.masterAddress(
            flag: masterUrl,
            host: configuration.masterHostname,
            port: configuration.masterPort
        )
        try await general.withConnection(to: address, authenticator) { connection in
            try await run(configuration, directory, composition, connection, authenticator, lock, logger, levels)
        }
    }

    private func run(
        _ configuration: SlaveConfiguration,
        _ directory: String,
        _ composition: Composition,
        _ connection: MasterConnection,
        _ authenticator: MessageAuthenticator,
        _ lock: BaseDirectoryLock,
        _ logger: Logger,
        _ levels: LogLevelSwitch
    ) async throws {
        let parts = try composition.slaveParts(
            connection: connection,
            authenticator: authenticator,
            configuration.general,
            logger: logger
        )
        let stop = SlaveStop()
        let supervisor = composition.supervisor(timekeeper: parts.timekeeper, logger: logger)
        let service = SlaveService(
            settings: try configuration.settings(directory, composition),
            parts: parts,
            stop: stop,
            supervisor: supervisor,
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
            levels: levels,
            isEnding: {
                lock.markEnding()
                supervisor.ending(within: configuration.endingTime)
            },
            stop: { stop.fire() }
        )
        try await run.run()
    }
}
