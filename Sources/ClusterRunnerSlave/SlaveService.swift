import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerFiles
package import ClusterRunnerHTTP
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation
package import Logging
import ServiceLifecycle

/// A slave: offers its executors to a master and runs the leased atoms.
///
/// A graceful shutdown drains: the master grants no further leases, running atoms are completed, and builds are torn
/// down. The signal to stop kills running atoms and begins the teardown, as canceling the service's task does at once.
package struct SlaveService: Service {
    private let settings: SlaveSettings
    private let parts: SlaveParts
    private let stop: SlaveStop
    private let supervisor: any ServiceSupervisor
    private let logger: Logger

    /// Creates a slave; `stop` kills running work instead of waiting for it.
    package init(
        settings: SlaveSettings,
        parts: SlaveParts,
        stop: SlaveStop = SlaveStop(),
        supervisor: any ServiceSupervisor = NoSupervisor(),
        logger: Logger
    ) {
        self.settings = settings
        self.parts = parts
        self.stop = stop
        self.supervisor = supervisor
        self.logger = logger
    }

    package func run() async throws {
        let folders = SlaveFolders(base: settings.baseDirectory, jobUser: settings.jobUser) { [logger] in
            logger.warning("\($0)")
        }
        try folders.create(settings.baseDirectory)
        await parts.runner.takeOver(settings.baseDirectory)
        try folders.prepare()
        let events = SlaveEvents(place: settings.eventLog, timekeeper: parts.timekeeper, logger: logger)
        do {
            try await events.write {
                events.record(.serviceStarted, ["service": "slave"])
                try await run(in: folders, events)
            }
        } catch {
            await folders.trash.finish(timekeeper: parts.timekeeper)
            throw error
        }
        await folders.trash.finish(timekeeper: parts.timekeeper)
    }

    private func run(in folders: SlaveFolders, _ events: SlaveEvents) async throws {
        let sessionID = UUID.random().uuidString.lowercased()
        let agent = SlaveAgent(
            machine: SlaveMachine(settings: settings, parts: parts, folders: folders, events: events, logger: logger)
        )
        let (ports, portContinuation) = AsyncStream<Int>.makeStream()
        let (drains, drainContinuation) = AsyncStream<Void>.makeStream()
        let http = makeHTTPService(agent, sessionID) { port in
            // A slave is of use as soon as it asks for work: a master that is away is no fault of it.
            supervisor.ready("Connecting to the master at \(parts.client.address).")
            portContinuation.yield(port)
        }
        // A group of its own, so that it can be ended without cutting off its readers.
        let server = ServiceGroup(services: [http], logger: logger)
        try await withGracefulShutdownHandler {
            try await runTogether(agent, server) {
                for await port in ports { try await makeLink(agent, sessionID, port).run() }
            } drain: {
                for await _ in drains { await drain(agent) }
            }
        } onGracefulShutdown: {
            drainContinuation.yield()
        }
        await sayGoodbye(agent)
    }

    /// The concurrent parts of a slave.
    private enum Part {
        case server, sessions, other
        /// The link, with its error when the master refused the slave or was away for too long.
        case link(any Error)
    }

    private func runTogether(
        _ agent: SlaveAgent,
        _ server: ServiceGroup,
        link: @escaping @Sendable () async throws -> Void,
        drain: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Part.self) { group in
            group.addTask {
                try await server.run()
                return .server
            }
            group.addTask {
                do {
                    try await link()
                    return .other
                } catch {
                    await agent.stopNow()
                    return .link(error)
                }
            }
            group.addTask {
                try await drain()
                return .other
            }
            group.addTask {
                await supervisor.watch {
                    _ = await agent.registration
                    return nil
                }
                return .other
            }
            group.addTask {
                for signal in stop.signals {
                    await signal.wait()
                    if signal.hasFired { await agent.stopNow() }
                }
                return .other
            }
            group.addTask {
                await agent.performSessions { await $0.run() }
                await server.triggerGracefulShutdown()
                return .sessions
            }
            try await waitForEnd(of: &group)
        }
    }

    /// Waits until the last session and the server have ended, in either order.
    ///
    /// The link's error is thrown only then: a server that is canceled instead of shut down would crash over
    /// connections that it has accepted and not examined.
    private func waitForEnd(of group: inout ThrowingTaskGroup<Part, any Error>) async throws {
        var (isServing, isWorking) = (true, true)
        var failure: (any Error)?
        while isServing || isWorking, let ended = try await group.next() {
            switch ended {
            case .server: isServing = false
            case .sessions: isWorking = false
            case .link(let error): failure = error
            case .other: break
            }
        }
        group.cancelAll()
        if let failure { throw failure }
    }

    private func makeLink(_ agent: SlaveAgent, _ sessionID: String, _ port: Int) -> MasterLink {
        MasterLink(
            url: HostText.authority(host: settings.hostname, port: port),
            sessionID: sessionID,
            settings: settings,
            client: parts.client,
            agent: agent,
            timekeeper: parts.timekeeper,
            supervisor: supervisor,
            logger: logger
        )
    }

    private func makeHTTPService(
        _ agent: SlaveAgent,
        _ sessionID: String,
        onListening: @escaping @Sendable (Int) async -> Void
    ) -> HTTPService {
        let routes = SlaveRoutes(
            settings: settings,
            sessionID: sessionID,
            masterURL: parts.client.address.description,
            agent: agent,
            kill: { await agent.stopNow() }
        )
        let authentication = RequestAuthentication(
            authenticator: parts.authenticator,
            authenticateReads: settings.authenticateReads,
            requireSignature: settings.requireSignature,
            legacyClients: settings.legacyClients,
            timekeeper: parts.timekeeper
        )
        let responder = ServiceResponder(
            routes: routes.all,
            authentication: authentication,
            sessionID: sessionID,
            localNames: settings.endpoint.isLoopback ? LocalNames(hostname: settings.hostname) : nil
        )
        return HTTPService(endpoint: settings.endpoint, responder: responder, logger: logger, onListening: onListening)
    }

    /// Asks the master to release the slave; without a master the slave stops at once.
    private func drain(_ agent: SlaveAgent) async {
        await agent.drain()
        // A master that does not know the slave has nothing to take back.
        guard let slave = await agent.registration else { return await agent.stopNow() }
        do {
            try await parts.client.requestShutdown(slave: slave)
        } catch is CancellationError {
            // The master's instruction to shut down arrived before its answer.
        } catch {
            logger.warning("The master could not be told of the shutdown, so running work is killed: \(error)")
            await agent.stopNow()
        }
    }

    private func sayGoodbye(_ agent: SlaveAgent) async {
        guard let slave = await agent.registration else { return }
        do {
            try await parts.client.sayGoodbye(slave: slave)
        } catch {
            logger.info("The master could not be told goodbye: \(error)")
        }
    }
}

extension SlaveService: CustomStringConvertible {
    /// The name in the log; the default description holds the environment of the process.
    package var description: String { "SlaveService" }
}
