import ClusterRunnerAPI
import ClusterRunnerClient
import ClusterRunnerCore
import ClusterRunnerHTTP
import ClusterRunnerMaster
import ClusterRunnerSlave
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// A master and a slave inside this process, speaking to each other over the loopback interface as any others do.
struct EmbeddedCluster: Sendable {
    let composition: Composition
    let configuration: GeneralConfiguration
    let executors: Int
    let logger: Logger

    /// Runs an operation with a client of the cluster's master; the cluster has ended when this returns.
    func run<Success: Sendable>(_ operation: @Sendable (MasterClient) async throws -> Success) async throws -> Success {
        let slot = try EmbeddedSlot.take(under: configuration.baseDirectory)
        defer { slot.release() }
        // Nobody outside needs to know it: every cluster has a secret of its own.
        let secret = (0..<32).map { _ in UInt8.random(in: 0...255) }
        let authenticator = try MessageAuthenticator(key: secret)
        let (ports, portContinuation) = AsyncStream<Int>.makeStream()
        let master = ServiceGroup(
            services: [
                MasterService(
                    settings: masterSettings(slot.directory),
                    parts: try composition.masterParts(
                        directory: slot.directory,
                        authenticator: authenticator,
                        configuration,
                        logger: logger
                    ),
                    logger: logger,
                    onListening: { portContinuation.yield($0) }
                )
            ],
            logger: logger
        )
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { portContinuation.finish() }
                try await master.run()
            }
            guard let port = await ports.first(where: { _ in true }) else {
                try await group.waitForAll()
                throw ClusterRunnerError(.failed, "The embedded master ended before it listened.")
            }
            let address = MasterAddress(host: "127.0.0.1", port: port)
            let connection = try MasterConnection(address: address, authenticator: authenticator)
            let result = await outcome { try await withSlave(connection, authenticator, slot.directory, operation) }
            await connection.shutDown()
            await master.triggerGracefulShutdown()
            try await group.waitForAll()
            return try result.get()
        }
    }

    private func withSlave<Success: Sendable>(
        _ connection: MasterConnection,
        _ authenticator: MessageAuthenticator,
        _ directory: String,
        _ operation: @Sendable (MasterClient) async throws -> Success
    ) async throws -> Success {
        let parts = composition.slaveParts(
            connection: connection,
            authenticator: authenticator,
            configuration,
            logger: logger
        )
        let stop = SlaveStop()
        let service = SlaveService(
            settings: slaveSettings("\(directory)/slave"),
            parts: parts,
            stop: stop,
            logger: logger
        )
        let slave = ServiceGroup(
            configuration: .init(
                services: [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)],
                logger: logger
            )
        )
        return try await withThrowingTaskGroup(of: Void.self) { group in
            let isOver = OneShotSignal()
            let signals = await UnixSignalsSequence(trapping: EndingSignals.all)
            group.addTask { try await slave.run() }
            let obeying = CancellationSwitch()
            group.addTask { try? await obeying.run { await obey(signals, isOver, stop) } }
            group.addTask { try? await obeying.run { try await announceTeardown(isOver) } }
            let result = await outcome { try await operation(MasterClient(connection)) }
            isOver.fire()
            await slave.triggerGracefulShutdown()
            try await group.next()
            obeying.cancel()
            try await group.waitForAll()
            return try result.get()
        }
    }

    /// Ends what runs at the second signal, and what is torn down at the first that comes when the operation is over.
    ///
    /// The first signal before is the operation's, which cancels its build.
    private func obey(_ signals: UnixSignalsSequence, _ isOver: OneShotSignal, _ stop: SlaveStop) async {
        var isFirst = true
        for await _ in signals {
            if isOver.hasFired || !isFirst { stop.fire() }
            isFirst = false
        }
    }

    /// Says what is waited for when the results are there and the process does not end.
    private func announceTeardown(_ isOver: OneShotSignal) async throws {
        await isOver.wait()
        try await Timekeeper.system().sleep(for: Self.quickTeardown)
        Terminal.printError("Waiting for the teardown of the build; an interrupt ends it.")
    }

    /// A teardown that takes no longer is not worth a line.
    private static let quickTeardown = Duration.seconds(2)

    /// The result of an operation as a value, so that what must be ended can be, whether it failed or not.
    private func outcome<Success>(_ operation: () async throws -> Success) async -> Result<Success, any Error> {
        do {
            return .success(try await operation())
        } catch {
            return .failure(error)
        }
    }

    private func masterSettings(_ directory: String) -> MasterSettings {
        MasterSettings(
            endpoint: .init(host: "127.0.0.1", port: 0),
            hostname: "localhost",
            baseDirectory: directory,
            version: ProductVersion.current,
            // What users want of these builds is in build_results; this is what history and a second look need.
            retention: Retention(days: 30, builds: 20),
            git: configuration.git,
            getProjectFromMaster: configuration.getProjectFromMaster,
            inheritedEnvironment: composition.jobEnvironment
        )
    }

    private func slaveSettings(_ directory: String) -> SlaveSettings {
        SlaveSettings(
            endpoint: .init(host: "127.0.0.1", port: 0),
            hostname: "localhost",
            executors: executors,
            baseDirectory: directory,
            version: ProductVersion.current,
            git: configuration.git,
            getProjectFromMaster: configuration.getProjectFromMaster,
            inheritedEnvironment: composition.jobEnvironment
        )
    }
}
