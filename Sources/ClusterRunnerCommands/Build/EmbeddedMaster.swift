import ClusterRunnerClient
import ClusterRunnerHTTP
import ClusterRunnerMaster
import ClusterRunnerPlugin
import ClusterRunnerWire
import Logging
import ServiceLifecycle

/// A master inside this process, on the loopback interface unless it is shared.
struct EmbeddedMaster: Sendable {
    let composition: Composition
    /// Its configuration, except for address, names and secret.
    let configuration: MasterConfiguration
    let logger: Logger
    /// The port to listen on; 0 lets the system choose.
    var port = 0
    /// The sharing with slaves on other machines; nil listens on the loopback interface only.
    var sharing: SharedBuild?
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
        let secret =
            try sharing?.key.secret(from: configuration.general.secret) ?? self.secret
            ?? (0..<32).map { _ in UInt8.random(in: 0...255) }
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
                // Other commands of this machine know no other address.
                if isOnLoopback { try endpoint.write(in: directory) }
                let connected: (MasterConnection) async throws -> Success = { try await operation($0, authenticator) }
                result = .success(
                    isOnLoopback
                        ? try await withConnection(to: endpoint, connected)
                        : try await configuration.general.withConnection(to: address(port), authenticator, connected)
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

    /// Whether this machine reaches it over the loopback interface, without TLS.
    private var isOnLoopback: Bool {
        let addresses = ["::", "0.0.0.0", Self.loopback]
        return sharing == nil
            || configuration.general.tls == nil && addresses.contains(configuration.general.bindAddress)
    }

    /// The address under which every machine reaches it.
    private func address(_ port: Int) -> MasterAddress {
        MasterAddress(host: configuration.general.hostname, port: port, isHTTPS: configuration.general.tls != nil)
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
        if let sharing { share(&settings, sharing) }
        return settings
    }

    /// Opens the master for slaves on other machines, and for nobody without the secret of its key.
    private func share(_ settings: inout MasterSettings, _ sharing: SharedBuild) {
        let general = configuration.general
        settings.endpoint = .init(host: general.bindAddress, port: sharing.port, tls: general.serverTLS)
        settings.hostname = general.hostname
        settings.authenticateReads = true
        settings.requireSignature = true
        settings.legacyClients = false
    }
}
