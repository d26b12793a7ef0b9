import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerHTTP
import ClusterRunnerMaster
import ClusterRunnerPlugin
import ClusterRunnerSlave
import ClusterRunnerWire
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// A master and a slave inside this process, which talk over the loopback interface.
struct EmbeddedCluster: Sendable {
    let composition: Composition
    /// The master's configuration, except for address, names and secret.
    let master: MasterConfiguration
    /// The slave's configuration.
    let slave: SlaveConfiguration
    let executors: Int
    let logger: Logger

    /// The address that both listen on, which every machine has.
    private static let loopback = "127.0.0.1"
    /// The builds kept for history and a second look; users find the results in build_results.
    private static let retainedBuilds = 20

    /// The time limit for an abandoned cluster to end by itself.
    private static let patience = Duration.seconds(5)

    /// Runs an operation with a client of the cluster's master; the cluster has ended when it returns.
    ///
    /// `abandonment` kills running work instead of waiting for it. A cluster that still does not end, such as one with
    /// a full disk, dies with the process: a master may be killed at any moment.
    func run<Success: Sendable>(
        until abandonment: OneShotSignal = OneShotSignal(),
        _ operation: @escaping @Sendable (MasterClient) async throws -> Success
    ) async throws -> Success {
        try await withThrowingTaskGroup(of: Success?.self) { group in
            group.addTask { try await run(abandonment, operation) }
            group.addTask {
                await abandonment.wait()
                guard abandonment.hasFired else { return nil }
                try await Timekeeper.system().sleep(for: Self.patience)
                exit(CommandExit.interrupted.rawValue)
            }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
    }

    private func run<Success: Sendable>(
        _ abandonment: OneShotSignal,
        _ operation: @escaping @Sendable (MasterClient) async throws -> Success
    ) async throws -> Success {
        let slot = try EmbeddedSlot.take(under: master.general.baseDirectory)
        defer { slot.release() }
        // A random secret of the cluster's own: no other process needs it.
        let secret = (0..<32).map { _ in UInt8.random(in: 0...255) }
        let authenticator = try MessageAuthenticator(key: secret)
        let (ports, portContinuation) = AsyncStream<Int>.makeStream()
        let service = ServiceGroup(
            services: [try makeMaster(authenticator, slot.directory) { portContinuation.yield($0) }],
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
            let address = MasterAddress(host: Self.loopback, port: port)
            var general = master.general
            general.tls = nil
            let result = await outcome {
                try await general.withConnection(to: address, authenticator) {
                    try await withSlave($0, authenticator, slot.directory, abandonment, operation)
                }
            }
            await service.triggerGracefulShutdown()
            try await group.waitForAll()
            return try result.get()
        }
    }

    private func makeMaster(
        _ authenticator: MessageAuthenticator,
        _ directory: String,
        onListening: @escaping @Sendable (Int) async -> Void
    ) throws -> MasterService {
        MasterService(
            settings: try masterSettings(directory),
            parts: try composition.masterParts(
                directory: directory,
                authenticator: authenticator,
                master.general,
                logger: logger
            ),
            logger: logger,
            onListening: onListening
        )
    }

    private func withSlave<Success: Sendable>(
        _ connection: MasterConnection,
        _ authenticator: MessageAuthenticator,
        _ directory: String,
        _ abandonment: OneShotSignal,
        _ operation: @Sendable (MasterClient) async throws -> Success
    ) async throws -> Success {
        let parts = try composition.slaveParts(
            connection: connection,
            authenticator: authenticator,
            slave.general,
            logger: logger
        )
        let stop = SlaveStop()
        let service = SlaveService(
            settings: try slaveSettings("\(directory)/slave"),
            parts: parts,
            stop: stop,
            logger: logger
        )
        let services = ServiceGroup(
            configuration: .init(
                services: [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)],
                logger: logger
            )
        )
        return try await EndingSignals.withRelay { signals in
            try await serve(services, stop, abandonment, until: signals.listen()) {
                try await operation(MasterClient(connection))
            }
        }
    }

    /// Runs a slave during an operation, and until it has torn down its build.
    private func serve<Success: Sendable>(
        _ services: ServiceGroup,
        _ stop: SlaveStop,
        _ abandonment: OneShotSignal,
        until signals: AsyncStream<UnixSignal>,
        _ operation: @Sendable () async throws -> Success
    ) async throws -> Success {
        try await withThrowingTaskGroup(of: Void.self) { group in
            let isOver = OneShotSignal()
            let obeying = CancellationSwitch()
            let slaveHasEnded = OneShotSignal()
            group.addTask {
                defer { slaveHasEnded.fire() }
                try await services.run()
            }
            group.addTask { try? await obeying.run { await end(stop, when: abandonment) } }
            group.addTask { try? await obeying.run { await obey(signals, isOver, stop) } }
            group.addTask { try? await obeying.run { try await announceTeardown(isOver) } }
            let result = await outcome { try await operation() }
            isOver.fire()
            await services.triggerGracefulShutdown()
            // The announcement ends by itself, too.
            while !slaveHasEnded.hasFired, try await group.next() != nil {}
            obeying.cancel()
            try await group.waitForAll()
            return try result.get()
        }
    }

    /// Kills running work at the second signal, and the teardown at the first signal after the operation.
    ///
    /// The first signal before belongs to the operation, which cancels its build.
    private func obey(_ signals: AsyncStream<UnixSignal>, _ isOver: OneShotSignal, _ stop: SlaveStop) async {
        var isFirst = true
        for await _ in signals {
            if isOver.hasFired || !isFirst { stop.fire() }
            isFirst = false
        }
    }

    /// Kills running work once the cluster is abandoned.
    private func end(_ stop: SlaveStop, when abandonment: OneShotSignal) async {
        await abandonment.wait()
        if abandonment.hasFired { stop.fire() }
    }

    /// Announces a teardown that delays the end of the process after the results have arrived.
    private func announceTeardown(_ isOver: OneShotSignal) async throws {
        await isOver.wait()
        try await Timekeeper.system().sleep(for: Self.quickTeardown)
        Terminal.printError("Waiting for the teardown of the build; an interrupt ends it.")
    }

    /// The duration up to which a teardown is not announced.
    private static let quickTeardown = Duration.seconds(2)

    /// Returns the result of an operation as a value, so that cleanup follows success and failure alike.
    private func outcome<Success>(_ operation: () async throws -> Success) async -> Result<Success, any Error> {
        do {
            return .success(try await operation())
        } catch {
            return .failure(error)
        }
    }

    private func masterSettings(_ directory: String) throws -> MasterSettings {
        var settings = try master.settings(directory, composition)
        settings.endpoint = .init(host: Self.loopback, port: 0)
        settings.hostname = Self.loopback
        settings.retention.builds = master.retainedBuilds ?? Self.retainedBuilds
        // Several clusters may run at once, and their builds have the same numbers.
        settings.eventLog = nil
        // The command tells of its build by itself.
        settings.logsEvents = logger.logLevel <= .info
        // Nobody waits for a build whose process is gone.
        settings.resumesBuilds = false
        // Only this process sends requests to it.
        settings.v1BuildStatus = .documented
        settings.corsOrigins = nil
        return settings
    }

    private func slaveSettings(_ directory: String) throws -> SlaveSettings {
        var settings = try slave.settings(directory, composition)
        settings.endpoint = .init(host: Self.loopback, port: 0)
        settings.hostname = "localhost"
        settings.executors = executors
        settings.eventLog = nil
        return settings
    }
}
