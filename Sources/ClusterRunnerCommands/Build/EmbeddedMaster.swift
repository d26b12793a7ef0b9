import ClusterRunnerClient
import ClusterRunnerHTTP
import ClusterRunnerMaster
import ClusterRunnerPlugin
import ClusterRunnerWire
import Logging
import ServiceLifecycle

/// A master inside this process, on the loopback interface.
struct EmbeddedMaster: Sendable {
    let composition: Composition
    /// Its configuration, except for address, names and secret.
    let configuration: MasterConfiguration
    let logger: Logger
    /// The port to listen on; 0 lets the system choose.
    var port = 0
    /// The secret; nil makes a random one, which only processes of the same user can read.
    var secret: [UInt8]?

    /// The address that it listens on, which every machine has.
    static let loopback = "127.0.0.1"
    /// The builds kept for history and a second look; users find the results in build_results.
    private static let retainedBuilds = 20

    /// Runs an operation with a connection to the master of a directory, which this process has locked; the master has
    /// ended when it returns.
    func run<Success: Sendable>(
        in directory: String,
        _ operation: (MasterConnection, MessageAuthenticator) async throws -> Success
    ) async throws -> Success {
        let secret = self.secret ?? (0..<32).map { _ in UInt8.random(in: 0...255) }
        let authenticator = try MessageAuthenticator(key: secret)
        let (ports, portContinuation) = AsyncStream<Int>.makeStream()
        let service = ServiceGroup(
            services: [try makeService(authenticator, directory) { portContinuation.yield($0) }],
            logger: logger
        )
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { portContinuation.finish() }
                try await service.run()
            }
            guard let port = await ports.first(where: { _ in true }) else {
                try await group.waitForAll()
                throw ClusterRunnerError(.failed, "The embedded master ended before it listened.")
            }
            let endpoint = EmbeddedEndpoint(port: port, secret: secret)
            let result: Result<Success, any Error>
            do {
                try endpoint.write(in: directory)
                result = .success(
                    try await withConnection(to: endpoint) { try await operation($0, authenticator) }
                )
            } catch {
                result = .failure(error)
            }
            EmbeddedEndpoint.remove(in: directory)
            await service.triggerGracefulShutdown()
            try await group.waitForAll()
            return try result.get()
        }
    }

    /// Runs an operation with a connection to an embedded master of this or another process.
    func withConnection<Success>(
        to endpoint: EmbeddedEndpoint,
        _ operation: (MasterConnection) async throws -> Success
    ) async throws -> Success {
        var general = configuration.general
        general.tls = nil
        general.trustedCertificates = nil
        let address = MasterAddress(host: Self.loopback, port: endpoint.port)
        return try await general.withConnection(
            to: address,
            try MessageAuthenticator(key: endpoint.secret),
            operation
        )
    }

    private func makeService(
        _ authenticator: MessageAuthenticator,
        _ directory: String,
        onListening: @escaping @Sendable (Int) async -> Void
    ) throws -> MasterService {
        MasterService(
            settings: try settings(directory),
            parts: try composition.masterParts(
                directory: directory,
                authenticator: authenticator,
                configuration.general,
                logger: logger
            ),
            logger: logger,
            onListening: onListening
        )
    }

    private func settings(_ directory: String) throws -> MasterSettings {
        var settings = try configuration.settings(directory, composition)
        settings.endpoint = .init(host: Self.loopback, port: port)
        settings.hostname = Self.loopback
        settings.retention.builds = configuration.retainedBuilds ?? Self.retainedBuilds
        // Several clusters may run at once, and their builds have the same numbers.
        settings.eventLog = nil
        // The command tells of its build by itself.
        settings.logsEvents = logger.logLevel <= .info
        // Nobody waits for a build whose process is gone.
        settings.resumesBuilds = false
        // Only processes of this version send requests to it.
        settings.v1BuildStatus = .documented
        settings.corsOrigins = nil
        return settings
    }
}
