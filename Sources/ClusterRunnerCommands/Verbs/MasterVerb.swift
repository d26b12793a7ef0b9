import ArgumentParser
import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerHTTP
import ClusterRunnerMaster
import ClusterRunnerWire
import Logging

/// The verb `clusterrunner master`.
struct MasterVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "master",
        abstract: "Run a master: it accepts build requests and gives their work to slaves."
    )

    @OptionGroup var common: CommonOptions

    @Option(MasterConfiguration.keys.port)
    var port: String?

    @Option(GeneralConfiguration.keys.eventlogFilename)
    var eventlogFile: String?

    func run() async throws {
        let program = try Composition.required()
        let configuration = try common.load(program).master(flags: [
            MasterConfiguration.keys.port: port, GeneralConfiguration.keys.eventlogFilename: eventlogFile,
        ])
        let directory = "\(configuration.general.baseDirectory)/master"
        let lock = try await BaseDirectoryLock.afterEndingHolder(of: directory) { holder in
            let process = holder.map(String.init) ?? "unknown"
            Terminal.printError("Waiting for process \(process), a master that is still ending.")
        }
        defer { lock.release() }
        let pidFile = try ServiceProcesses(baseDirectory: configuration.general.baseDirectory).register(name: "master")
        defer { pidFile.remove() }
        let (logger, levels) = try common.makeServiceLogger("master", configuration.general)
        let types = MachineProjectTypes(program, configuration.general, logger)
        let supervisor = program.supervisor(logger: logger)
        let service = try makeService(configuration, directory, program.with(types), supervisor, logger)
        async let _ = types.describe(logger)
        let killSwitch = CancellationSwitch()
        let run = SignaledRun(
            service: service,
            deadline: configuration.general.shutdownTimeout,
            timekeeper: .system(),
            logger: logger,
            levels: levels,
            isEnding: {
                lock.markEnding()
                supervisor.ending(within: configuration.endingTime)
            },
            stop: { killSwitch.cancel() }
        )
        do {
            try await killSwitch.run { try await run.run() }
        } catch is CancellationError where killSwitch.isCanceled {
            logger.warning("The master ended before all requests were answered.")
        }
    }

    private func makeService(
        _ configuration: MasterConfiguration,
        _ directory: String,
        _ composition: Composition,
        _ supervisor: any ServiceSupervisor,
        _ logger: Logger
    ) throws -> MasterService {
        MasterService(
            settings: try configuration.serviceSettings(directory, composition),
            parts: try composition.masterParts(
                directory: directory,
                authenticator: try MessageAuthenticator(key: configuration.general.secret.bytes),
                configuration.general,
                configuration.notify,
                logger: logger
            ),
            supervisor: supervisor,
            logger: logger,
            onListening: { port in
                let general = configuration.general
                let address = MasterAddress(host: general.hostname, port: port, isHTTPS: general.tls != nil)
                Terminal.announce("The master listens on \(address.url)", beside: general.eventLog)
                supervisor.ready("Listening on \(address.url).")
            }
        )
    }
}
