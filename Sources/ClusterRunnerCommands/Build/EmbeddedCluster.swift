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
    /// The sharing with slaves on other machines; nil has none.
    var sharing: SharedBuild?
    /// The locked directory of an earlier cluster; nil takes a free one.
    var slot: BaseDirectoryLock?

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
        let slot =
            if let slot = self.slot { slot } else { try await EmbeddedSlot.take(under: master.general.baseDirectory) }
        defer { slot.release() }
        var embedded = EmbeddedMaster(composition: composition, configuration: master, logger: logger)
        embedded.sharing = sharing
        return try await embedded.run(in: slot.directory) { connection, authenticator in
            try await withSlave(connection, authenticator, slot.directory, abandonment, operation)
        }
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
        guard !Terminal.isInteractive else { return }
        while true {
            try await Timekeeper.system().sleep(for: BuildHeartbeat.interval)
            Terminal.printError("Still waiting for the teardown of the build.")
        }
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

    private func slaveSettings(_ directory: String) throws -> SlaveSettings {
        var settings = try slave.settings(directory, composition)
        settings.endpoint = .init(host: EmbeddedMaster.loopback, port: 0)
        settings.hostname = "localhost"
        if let sharing { settings.name = sharing.ownSlave }
        settings.executors = executors
        settings.eventLog = nil
        return settings
    }
}

extension LoadedConfiguration {
    /// Returns the number of executors of an embedded cluster: that of the configuration, or one per core.
    func embeddedExecutors() throws -> Int {
        let isChosen = isConfigured(SlaveConfiguration.keys.numExecutors, for: .slave)
        return isChosen ? try slave().executorCount : ProcessInfo.processInfo.activeProcessorCount
    }
}
