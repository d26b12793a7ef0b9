import ArgumentParser
import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerPlugin

/// The verb `clusterrunner start-service`, which `deploy` runs on its hosts.
struct StartServiceVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start-service",
        abstract: "Start a master or a slave that outlives this command, and wait until it is ready.",
        discussion: "A master is ready when it listens, a slave when it is connected to its master.",
        shouldDisplay: false
    )

    /// The services.
    enum Role: String, ExpressibleByArgument, CaseIterable {
        case master, slave

        /// The beginning of the status of a service that is ready.
        var readyStatus: String {
            switch self {
            case .master: "Listening on "
            case .slave: "Connected to the master "
            }
        }
    }

    @OptionGroup var common: CommonOptions

    @Argument(help: "The service: master or slave.")
    var role: Role

    @Option(help: "Its port.")
    var port: String?

    @Option(help: ArgumentHelp("The master of a slave.", valueName: "host:port"))
    var masterUrl: String?

    @Option(help: "The number of executors of a slave.")
    var numExecutors: String?

    @Option(help: ArgumentHelp("The time to wait until it is ready.", valueName: "seconds"))
    var timeout = 60

    func validate() throws {
        guard (1...86_400).contains(timeout) else {
            throw ValidationError("--timeout must be a whole number from 1 to 86400, not \(timeout).")
        }
    }

    func run() async throws {
        let general = try common.load(try Composition.required()).general()
        guard let program = ProcessIdentity.current()?.executable, !program.isEmpty else {
            throw ClusterRunnerError(.failed, "The path of this program cannot be told; is /proc mounted?")
        }
        let options = [
            ("--config-file", common.configFile), ("--port", port), ("--master-url", masterUrl),
            ("--num-executors", numExecutors),
        ]
        try OpenFile.makeDirectory(general.baseDirectory)
        let service = DetachedService(
            words: [program, role.rawValue] + options.flatMap { name, value in value.map { [name, $0] } ?? [] },
            log: "\(general.baseDirectory)/\(role.rawValue)-output.log",
            timekeeper: .system()
        )
        Terminal.print(try await service.start(untilStatus: role.readyStatus, within: .seconds(timeout)).asSentence)
    }
}
