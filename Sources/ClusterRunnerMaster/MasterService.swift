import ClusterRunnerConcurrency
import ClusterRunnerDashboard
import ClusterRunnerDomain
import ClusterRunnerFiles
package import ClusterRunnerHTTP
package import ClusterRunnerMetrics
import ClusterRunnerPlugin
import ClusterRunnerScheduling
import ClusterRunnerWire
import Foundation
package import Logging
import ServiceLifecycle

/// A master: answers over HTTP, prepares builds, and grants leases to slaves.
package struct MasterService: Service {
    private let settings: MasterSettings
    private let parts: MasterParts
    private let registry: PrometheusRegistry
    private let supervisor: any ServiceSupervisor
    private let onListening: @Sendable (Int) async -> Void
    private let logger: Logger

    /// Creates a master; `metrics` gets its metrics, and `onListening` its port once it accepts connections.
    package init(
        settings: MasterSettings,
        parts: MasterParts,
        metrics registry: PrometheusRegistry = PrometheusRegistry(),
        supervisor: any ServiceSupervisor = NoSupervisor(),
        logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.settings = settings
        self.parts = parts
        self.registry = registry
        self.supervisor = supervisor
        self.logger = logger
        self.onListening = onListening
    }

    package func run() async throws {
        let folders = MasterFolders(base: settings.baseDirectory, jobUser: settings.jobUser) { [logger] in
            logger.warning("\($0)")
        }
        try folders.create(settings.baseDirectory)
        await parts.runner.takeOver(settings.baseDirectory)
        try folders.checkBelong(toLastBuild: try await parts.store.counter(.build))
        try folders.prepare()
        do {
            try await makeRunning(in: folders).run(under: supervisor, onListening: onListening)
        } catch {
            await folders.trash.finish(timekeeper: parts.timekeeper)
            throw error
        }
        await folders.trash.finish(timekeeper: parts.timekeeper)
    }

    /// Takes up what an earlier run left unfinished, and makes the parts of this one.
    func makeRunning(in folders: MasterFolders) async throws -> RunningMaster {
        let cluster = Cluster(
            policy: settings.policy,
            lastBuild: try await parts.store.counter(.build),
            lastSlave: try await parts.store.counter(.slave),
            lastLease: try await parts.store.counter(.lease)
        )
        let results = ResultsFolder(folders: folders, archiver: parts.archiver)
        let consoles = ConsoleKeeper(folders: folders)
        let unfinished = try await unfinishedBuilds()
        let port = ListeningPort()
        let notifier = makeNotifier(folders, port)
        try await notifier.resume(unfinished: unfinished.map(\.record))
        let metrics = MasterMetrics(in: registry, version: settings.version)
        parts.store.observeCommits { metrics.committed(in: $0) }
        let exporter = makeExporter(metrics)
        let changes = ChangeFollowers([metrics.cluster] + [exporter.map(makeTraces)].compactMap(\.self))
        let coordinator = ClusterCoordinator(
            cluster: cluster,
            store: parts.store,
            results: results,
            consoles: consoles,
            notifications: notifier,
            changes: changes,
            timekeeper: parts.timekeeper,
            logger: logger
        )
        try await coordinator.resume(unfinished, health: try await parts.store.slaveHealth())
        if !settings.resumesBuilds {
            for build in unfinished {
                try await coordinator.fail(build: build.record.id, "Its process ended before the build did.")
            }
        }
        return RunningMaster(
            settings: settings,
            parts: parts,
            folders: folders,
            results: results,
            consoles: consoles,
            coordinator: coordinator,
            tokens: try SlaveTokens(key: try RegistrationKey.load(in: folders.base)),
            notifier: notifier,
            metrics: metrics,
            exporter: exporter,
            changes: changes,
            port: port,
            logger: logger
        )
    }

    private func makeExporter(_ metrics: MasterMetrics) -> SpanExporter? {
        settings.traces.map {
            SpanExporter(
                $0,
                makeSender: parts.notifications.makeSender,
                version: settings.version,
                instance: "\(settings.hostname):\(settings.baseDirectory)",
                metrics: metrics.registry,
                timekeeper: parts.timekeeper,
                logger: logger
            )
        }
    }

    private func makeTraces(_ exporter: SpanExporter) -> any ChangeFollower {
        let host = HostText.authority(host: settings.hostname, port: settings.endpoint.port)
        let url = "\(settings.endpoint.tls == nil ? "http" : "https")://\(host)"
        return BuildTraces(masterURL: settings.notifications.masterURL ?? url) { exporter.take($0) }
    }

    private func makeNotifier(_ folders: MasterFolders, _ port: ListeningPort) -> Notifier {
        let writer = NotificationWriter(store: parts.store, status: settings.v1BuildStatus) { [settings] in
            if let url = settings.notifications.masterURL { return url }
            let host = HostText.authority(host: settings.hostname, port: await port.value ?? settings.endpoint.port)
            return "\(settings.endpoint.tls == nil ? "http" : "https")://\(host)"
        }
        return Notifier(settings: settings, parts: parts, writer: writer, folders: folders, logger: logger)
    }

    /// Reads the builds that an earlier run of the master left unfinished.
    private func unfinishedBuilds() async throws -> [StoredBuild] {
        var builds: [StoredBuild] = []
        for record in try await parts.store.builds(BuildQuery(states: MasterRoutes.unfinished)) {
            if settings.resumesBuilds {
                logger.notice("Build \(record.id) was not finished when the master ended, and goes on now.")
            }
            builds.append(
                StoredBuild(
                    record: record,
                    subjobs: try await parts.store.subjobs(build: record.id, page: .all),
                    atoms: try await parts.store.atoms(AtomQuery(build: record.id)),
                    slaveFailures: try await parts.store.slaveFailures(build: record.id)
                )
            )
        }
        return builds
    }
}

/// The parts of a running master.
struct RunningMaster {
    let settings: MasterSettings
    let parts: MasterParts
    let folders: MasterFolders
    let results: ResultsFolder
    let consoles: ConsoleKeeper
    let coordinator: ClusterCoordinator
    let logger: Logger
    private let outlets = InstructionOutlets()
    private let projects = PreparedProjects()
    private let signal = EventSignal()
    private let consoleSignal = EventSignal()
    private let liveCommands = LiveCommands()
    private let endings = BuildEndings()
    private let finished = FinishedAnswers()
    private let notifier: Notifier
    private let metrics: MasterMetrics
    private let exporter: SpanExporter?
    private let changes: any ChangeFollower
    /// Fires when the master was told to end.
    private let ending = OneShotSignal()
    private let port: ListeningPort
    private let removal: BuildRemoval
    private let janitor: Janitor
    private let events: EventStream
    private let tokens: SlaveTokens

    init(
        settings: MasterSettings,
        parts: MasterParts,
        folders: MasterFolders,
        results: ResultsFolder,
        consoles: ConsoleKeeper,
        coordinator: ClusterCoordinator,
        tokens: SlaveTokens,
        notifier: Notifier,
        metrics: MasterMetrics,
        exporter: SpanExporter?,
        changes: any ChangeFollower,
        port: ListeningPort,
        logger: Logger
    ) {
        self.settings = settings
        self.parts = parts
        self.tokens = tokens
        self.notifier = notifier
        self.metrics = metrics
        self.exporter = exporter
        self.changes = changes
        self.port = port
        self.folders = folders
        self.results = results
        self.consoles = consoles
        self.coordinator = coordinator
        self.logger = logger
        let readers = StreamReaders {
            logger.notice("A reader of events was dropped: it took nothing for \(StreamReaders.patience).")
        }
        events = EventStream(
            store: parts.store,
            signal: signal,
            others: [consoleSignal],
            readers: readers,
            timekeeper: parts.timekeeper
        )
        removal = BuildRemoval(store: parts.store, folders: folders, consoles: consoles, finished: finished)
        janitor = Janitor(
            removal: removal,
            retention: settings.retention,
            timekeeper: parts.timekeeper,
            logger: logger
        )
    }

    func run(
        under supervisor: any ServiceSupervisor,
        onListening: @escaping @Sendable (Int) async -> Void
    ) async throws {
        let preparations = Preparations(preparer: makePreparer(), coordinator: coordinator, logger: logger)
        let lastEvent = try await recordStart()
        let service = try makeHTTPService(onListening: onListening)
        if let exposure = settings.exposure { logger.warning("\(exposure)") }
        let feed = EventFeed(store: parts.store, signal: signal)
        try await withThrowingTaskGroup(of: Void.self) { group in
            let performer = makePerformer(preparations)
            group.addTask { [coordinator] in await coordinator.performEffects { performer.perform($0) } }
            group.addTask { await preparations.run() }
            group.addTask { await janitor.run() }
            group.addTask { [notifier] in await notifier.run() }
            group.addTask { [exporter] in await exporter?.run() }
            group.addTask { [events, coordinator] in await events.run { await coordinator.liveBuilds } }
            group.addTask { [coordinator] in try await coordinator.watchSlaves() }
            group.addTask { [coordinator] in await coordinator.answerReads() }
            let logs = EventLogs(
                feed: feed,
                place: settings.eventLog,
                logger: logger,
                hasSentences: settings.logsEvents
            )
            group.addTask { await logs.write(after: lastEvent) }
            group.addTask { await supervisor.watch { try await pulse() } }
            try await withGracefulShutdownHandler {
                try await service.run()
            } onGracefulShutdown: { [outlets, signal, consoleSignal, endings, events, ending] in
                ending.fire()
                // Streams without an end would keep the service from ending.
                outlets.closeAll()
                signal.finish()
                consoleSignal.finish()
                endings.finish()
                // So would readers that take nothing.
                events.readers.dropStalled(at: events.timekeeper.now.uptime, patience: .seconds(1))
            }
            coordinator.stop()
            await exporter?.finish()
            group.cancelAll()
        }
    }

    /// Records the start of the service; returns the number of the last event before it.
    private func recordStart() async throws -> Int {
        let before = try await parts.store.lastEvent()
        let now = parts.timekeeper.now.wall
        let event = EventRecord(tag: EventTag.serviceStarted.rawValue, timestamp: now, data: ["service": "master"])
        try await parts.store.enqueue([.event(event)]).durable()
        return before
    }

    private func makePerformer(_ preparations: Preparations) -> EffectPerformer {
        EffectPerformer(
            preparations: preparations,
            outlets: outlets,
            endings: endings,
            tokens: tokens,
            results: results,
            consoles: consoles,
            liveCommands: liveCommands,
            janitor: janitor,
            signal: signal,
            consoleSignal: consoleSignal
        )
    }

    private func makePreparer() -> BuildPreparer {
        BuildPreparer(
            settings: settings,
            parts: parts,
            folders: folders,
            projects: projects,
            syntax: SyntaxCheck(runner: parts.runner),
            turns: KeyedQueue(),
            liveCommands: liveCommands,
            consoleSignal: consoleSignal,
            changes: changes,
            masterURL: { [port, settings] in
                HostText.authority(host: settings.hostname, port: await port.value ?? settings.endpoint.port)
            },
            logger: logger
        )
    }

    /// Makes the routes of the API and of the pages.
    func makeRoutes() throws -> MasterRoutes {
        MasterRoutes(
            settings: settings,
            store: parts.store,
            archiver: parts.archiver,
            projectTypes: parts.projectTypes,
            coordinator: coordinator,
            outlets: outlets,
            projects: projects,
            folders: folders,
            results: results,
            admission: Admission(limits: settings.limits, directory: folders.base),
            events: events,
            liveCommands: liveCommands,
            consoleSignal: consoleSignal,
            finished: finished,
            removal: removal,
            readSessions: ReadSessions(authenticator: parts.authenticator),
            logins: LoginAttempts(timekeeper: parts.timekeeper),
            tokens: tokens,
            endings: endings,
            ending: ending,
            metrics: metrics,
            timekeeper: parts.timekeeper,
            dashboard: try Dashboard(),
            logger: logger
        )
    }

    private func makeHTTPService(onListening: @escaping @Sendable (Int) async -> Void) throws -> HTTPService {
        let routes = try makeRoutes()
        let authentication = RequestAuthentication(
            authenticator: parts.authenticator,
            authenticateReads: settings.authenticateReads,
            requireSignature: settings.requireSignature,
            legacyClients: settings.legacyClients,
            metricsToken: settings.metricsToken,
            timekeeper: parts.timekeeper
        )
        let responder = ServiceResponder(
            routes: routes.all,
            authentication: authentication,
            sessionID: UUID.random().uuidString.lowercased(),
            corsOrigins: settings.corsOrigins,
            localNames: settings.endpoint.isLoopback ? LocalNames(hostname: settings.hostname) : nil,
            observer: metrics.requests
        )
        return HTTPService(
            endpoint: settings.endpoint,
            responder: responder,
            connections: settings.connections,
            logger: logger,
            onListening: { [port] in
                port.set($0)
                await onListening($0)
            }
        )
    }
}

extension MasterService: CustomStringConvertible {
    /// The name in the log; the default description holds the environment of the process.
    package var description: String { "MasterService" }
}
