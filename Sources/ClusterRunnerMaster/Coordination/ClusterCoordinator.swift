import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerScheduling
import ClusterRunnerWire
import Logging

/// The owner of the cluster's state, which applies one event at a time.
///
/// Each decision is durable before it is acknowledged. Effects are performed in the order of the decisions by
/// ``performEffects(_:)``, each after its changes are durable.
///
/// Neither works on files, except for the renames that move a report's files to their place. Nothing in this folder may
/// import a module with calls for files.
actor ClusterCoordinator {
    private var cluster: Cluster
    private let store: any BuildStore
    private let timekeeper: Timekeeper
    private let results: ResultsFolder
    private let consoles: ConsoleKeeper
    private let notifications: any NotificationFollower
    private let changes: any ChangeFollower
    private let logger: Logger
    /// A thread of its own: a report of many results takes milliseconds, for which reads in the tasks' pool would wait.
    private let executor = ThreadExecutor(label: "ClusterCoordinator")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    /// The published state for readers.
    nonisolated let view = ClusterView()
    private nonisolated let effects: AsyncStream<PendingEffects>
    private let effectsContinuation: AsyncStream<PendingEffects>.Continuation
    /// The number of decisions made so far.
    private var decisionCount = 0

    /// The effects of a decision, to be performed once its changes are durable.
    struct PendingEffects: Sendable {
        let decision: Int
        let ticket: StoreTicket?
        /// The records of the builds that it changes.
        let builds: [BuildRecord]
        let changes: [StoreChange]
        let effects: [ClusterEffect]
    }

    init(
        cluster: Cluster,
        store: any BuildStore,
        results: ResultsFolder,
        consoles: ConsoleKeeper,
        notifications: any NotificationFollower = NoNotifications(),
        changes: any ChangeFollower = ChangeFollowers(),
        timekeeper: Timekeeper,
        logger: Logger
    ) {
        self.cluster = cluster
        self.store = store
        self.results = results
        self.consoles = consoles
        self.notifications = notifications
        self.changes = changes
        self.timekeeper = timekeeper
        self.logger = logger
        (effects, effectsContinuation) = AsyncStream.makeStream()
    }

    /// Performs effects with `perform` until ``stop()`` is called or the surrounding task is canceled.
    ///
    /// `perform` starts long work and does not wait for it, because slaves wait for the effects behind it.
    nonisolated func performEffects(_ perform: (ClusterEffect) -> Void) async {
        for await pending in effects {
            do {
                try await pending.ticket?.durable()
                // Publish first, so that effects read the new state.
                view.records.pass(pending.builds, of: pending.decision)
                notifications.stored(pending.builds)
                changes.stored(pending.builds, pending.changes)
            } catch is CancellationError {
                return
            } catch {
                await storeFailed(pending, error)
            }
            for effect in pending.effects { perform(effect) }
        }
    }

    /// Ends ``performEffects(_:)`` after the pending effects.
    nonisolated func stop() {
        effectsContinuation.finish()
    }

    /// Makes a decision and returns once its changes are durable.
    private func decide<Result>(
        _ body: (inout Cluster, Moment, inout ClusterDecisions) throws -> Result
    ) async throws -> Result {
        let (result, pending) = try make(body)
        try await pending.ticket?.durable()
        publishStored(pending)
        return result
    }

    /// Makes a decision and returns at once, with its pending effects.
    private func make<Result>(
        _ body: (inout Cluster, Moment, inout ClusterDecisions) throws -> Result
    ) rethrows -> (Result, PendingEffects) {
        var decisions = ClusterDecisions()
        let now = timekeeper.now
        let result = try body(&cluster, now, &decisions)
        let changes = decisions.changes
        let builds = decisions.changedBuilds
        decisionCount += 1
        let pending = PendingEffects(
            decision: decisionCount,
            ticket: changes.isEmpty ? nil : store.enqueue(changes),
            builds: builds,
            changes: changes,
            effects: decisions.effects
        )
        if pending.ticket != nil || !pending.effects.isEmpty { effectsContinuation.yield(pending) }
        view.publish(cluster, changed: builds, at: now)
        return (result, pending)
    }

    /// Publishes the builds that a decision changed, so that its caller reads its own change.
    private func publishStored(_ pending: PendingEffects) {
        // A later decision may have ended a build and may have been published before this one.
        view.records.take(pending.builds.filter { cluster.build($0.id) != nil }, of: pending.decision)
        for build in pending.builds where cluster.build(build.id) == nil {
            view.records.forget(build: build.id, of: pending.decision)
        }
    }

    /// Publishes the slaves now, so that a caller that was told of departures does not find the departed.
    func showSlaves() {
        view.publishSlaves(of: cluster, at: timekeeper.now)
    }

    /// Publishes what reads ask for until the surrounding task is canceled; decisions publish it as well.
    func answerReads() async {
        for await _ in view.questions { view.answer(of: cluster, at: timekeeper.now) }
    }

    /// Ends the builds whose changes could not be stored, because memory is ahead of what a restart would find.
    private func storeFailed(_ pending: PendingEffects, _ error: any Error) async {
        logger.critical("The store did not take changes: \(error)")
        for build in Set(pending.changes.flatMap(\.builds)).sorted() {
            do {
                let sentence = "The master could not store its state: \(error)"
                try await decide { $0.fail(build: build, sentence, at: $1, &$2) }
            } catch {
                logger.critical("Build \(build) could not be ended in the store: \(error)")
            }
        }
    }
}

// MARK: Builds

extension ClusterCoordinator {
    /// Accepts a build request and returns the build.
    ///
    /// `check` refuses the request by the number of unfinished builds, which no other request changes in between.
    func request(
        type: String,
        parameters: ProjectParameters,
        requester: String? = nil,
        unless check: (_ unfinished: Int) throws -> Void = { _ in }
    ) async throws -> BuildID {
        try await request(type: type, parameters: parameters, requester: requester, joins: false, unless: check).id
    }

    /// Accepts a build request, or with `joins` finds the unfinished build of the same request.
    func request(
        type: String,
        parameters: ProjectParameters,
        requester: String? = nil,
        joins: Bool,
        unless check: (_ unfinished: Int) throws -> Void
    ) async throws -> (id: BuildID, joined: Bool) {
        try await decide {
            if joins, let id = $0.unfinishedBuild(type: type, parameters: parameters) { return (id, true) }
            try check($0.unfinishedBuilds)
            let build = $0.request(type: type, parameters: parameters, requester: requester, at: $1, &$2)
            for target in notifications.targets {
                $2.add(.notification(NotificationRecord(build: build, target: target.name)))
            }
            return (build, false)
        }
    }

    /// Resumes the builds that were unfinished when the master ended; called once, before anything else.
    func resume(_ builds: [StoredBuild], health: [SlaveHealthRecord]) async throws {
        try await decide { $0.resume(builds, health: health, at: $1, &$2) }
    }

    /// The number of unfinished builds.
    var unfinishedBuilds: Int { cluster.unfinishedBuilds }

    /// The cluster in numbers.
    var tally: ClusterTally { ClusterTally(of: cluster, at: timekeeper.now) }

    /// The unfinished builds.
    var liveBuilds: [LiveBuild] {
        let now = timekeeper.now
        return cluster.unfinishedRecords.compactMap { LiveBuild($0.id, of: cluster, at: now) }
    }

    /// Returns the record of an unfinished build.
    func build(_ id: BuildID) -> BuildRecord? { cluster.build(id) }

    /// Records that a build's preparation begins; returns false when it must not begin.
    func preparationStarts(build: BuildID) async throws -> Bool {
        try await decide { $0.preparationStarts(build: build, at: $1, &$2) }
    }

    /// Applies the plan that the preparation of a build made.
    func prepared(build: BuildID, plan: BuildPlan) async throws {
        try await decide { $0.prepared(build: build, plan: plan, at: $1, &$2) }
    }

    /// Ends a build in error.
    func fail(build: BuildID, _ message: String) async throws {
        try await decide { $0.fail(build: build, message, at: $1, &$2) }
    }

    /// Cancels a build; returns false when it had already ended.
    func cancel(build: BuildID) async throws -> Bool {
        try await decide { $0.cancel(build: build, at: $1, &$2) }
    }
}

// MARK: Slaves

extension ClusterCoordinator {
    /// Returns the state of a registered slave.
    func slave(_ id: SlaveID) -> SlaveStateMachine? { cluster.slave(id) }

    /// All slaves.
    var slaves: [SlaveStatus] { cluster.slaves }

    /// Registers a slave and gives it a number.
    func register(_ registration: SlaveRegistration, token: String) async throws -> SlaveWelcome {
        let admission = try await decide {
            $0.register(
                url: registration.slave,
                sessionID: registration.sessionID,
                executors: registration.numExecutors,
                name: registration.name,
                version: registration.version,
                hold: registration.hold,
                at: $1,
                &$2
            )
        }
        return SlaveWelcome(
            slaveID: admission.slave,
            lostLeases: admission.lostLeases,
            silenceLimit: cluster.policy.slaveTimeout.inSeconds,
            token: token
        )
    }

    /// Refuses a slave that is not registered: it must register and repeat its message.
    private func checkIsKnown(_ slave: SlaveID) throws {
        guard heard(from: slave) else { throw Self.unknownSlave }
    }

    /// The refusal of a slave that is not registered.
    static let unknownSlave = ClusterRunnerError(
        .sessionExpired,
        "The slave is not registered with this master; it must register again."
    )

    /// Records that a slave opened its instruction stream.
    func connected(slave: SlaveID) async throws {
        try await decide { $0.connected(slave: slave, at: $1, &$2) }
    }

    /// Records that a slave's instruction stream ended.
    func disconnected(slave: SlaveID) {
        cluster.disconnected(slave: slave)
    }

    /// Records a sign of life; returns false when the slave is not registered.
    func heard(from slave: SlaveID) -> Bool {
        let now = timekeeper.now
        let wasReachable = cluster.isReachable(slave, at: now)
        guard cluster.heard(from: slave, at: now) else { return false }
        if !wasReachable { _ = make { $0.pickUp(slave, at: $1, &$2) } }
        return true
    }

    /// Records the end of an upload, with a reason if it was refused for lack of room.
    ///
    /// - Returns: Whether the slave is still registered.
    func uploadEnded(from slave: SlaveID, refusedBecause reason: String?) -> Bool {
        cluster.uploadWasRefused(from: slave, because: reason, at: timekeeper.now)
        return heard(from: slave)
    }

    /// Applies a heartbeat, which names the work of a slave.
    ///
    /// - Returns: The leases that the slave must stop.
    /// - Throws: ``unknownSlave``.
    func heartbeat(from slave: SlaveID, _ heartbeat: SlaveHeartbeat) throws -> [LeaseID] {
        // It does not wait until its changes are durable: a slave must not be lost because a disk is full.
        guard let lost = make({ $0.heartbeat(slave: slave, heartbeat, at: $1, &$2) }).0 else {
            throw Self.unknownSlave
        }
        return lost
    }

    /// Records that a slave has set a build up or failed to.
    func setupFinished(slave: SlaveID, _ report: SetupReport) async throws {
        try checkIsKnown(slave)
        try await decide {
            $0.setupFinished(
                slave: slave,
                build: report.build,
                failure: report.failure,
                commands: report.commands,
                at: $1,
                &$2
            )
        }
    }

    /// Appends output of a running atom; returns the length of the stored output.
    nonisolated func console(slave: SlaveID, _ report: ConsoleReport) async throws -> Int {
        if let objection = await objection(to: report, from: slave) {
            throw ClusterRunnerError(.invalidState, objection)
        }
        let length = try await consoles.append(report)
        // The result may have come in between, and its removal of the output before this output.
        if await objection(to: report, from: slave) != nil { consoles.remove(build: report.build, [report.claim]) }
        return length
    }

    private func objection(to report: ConsoleReport, from slave: SlaveID) -> String? {
        cluster.objection(to: report.claim, build: report.build, from: slave)
    }

    /// Applies a report of finished atoms.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidState`` when the upload that the report
    ///   names is missing; the slave sends it again, then the report. With ``ClusterRunnerError/Code/unavailable`` when
    ///   the disk has no room for the files; then nothing of the report counts yet.
    func results(slave: SlaveID, _ report: ResultsReport) async throws -> ResultsAnswer {
        try checkIsKnown(slave)
        try results.checkUpload(of: slave, report)
        defer { if let upload = report.upload { results.discardUpload(of: slave, name: upload) } }
        let reports = try report.reports.map { try adoptFiles(of: $0, in: report, from: slave) }
        let answer = try await decide {
            $0.results(slave: slave, build: report.build, reports, returned: report.returned, at: $1, &$2)
        }
        // Remove the output only after the result is stored, so that readers always find one of them.
        consoles.remove(build: report.build, reports.map(\.claim))
        return answer
    }

    /// Moves the files of an atom into the build's results, if its report counts.
    ///
    /// Runs in the same step of the actor as the decision about the report, which protects files of other reports.
    private func adoptFiles(of atom: AtomReport, in report: ResultsReport, from slave: SlaveID) throws -> AtomReport {
        guard atom.result.hasFiles else { return atom }
        let attempt: Int?
        switch cluster.verdict(on: atom, build: report.build, from: slave) {
        case .refused: return atom
        case .attempt(let number): attempt = number
        case .result: attempt = nil
        }
        var atom = atom
        do {
            try results.adopt(atom, in: report, from: slave, attempt: attempt)
        } catch let error as ClusterRunnerError where error.code == .unavailable {
            // There may be room later. The files that were moved before are replaced then.
            throw error
        } catch {
            atom.obstacle = RunObstacle("Its files did not reach the master: \(error)")
            atom.result.console = .inline([])
            atom.result.hasArtifacts = false
        }
        return atom
    }

    /// Returns the build that a slave works for.
    func build(of slave: SlaveID) -> BuildID? { cluster.build(ofSlave: slave) }

    /// Records that a slave has torn a build down.
    func tornDown(slave: SlaveID, _ report: TeardownReport) async throws {
        try checkIsKnown(slave)
        // Drop uploads that were never reported because the build was canceled in between.
        if build(of: slave) == report.build { results.discardUploads(of: slave) }
        try await decide {
            $0.tornDown(slave: slave, build: report.build, commands: report.commands, at: $1, &$2)
        }
    }

    /// Tells slaves to shut down.
    func shutDown(slaves: [SlaveID], isDismissal: Bool = true) async throws {
        try await decide { cluster, now, decisions in
            for slave in slaves { cluster.shutDown(slave: slave, isDismissal: isDismissal, at: now, &decisions) }
        }
    }

    /// Keeps new work from a slave, or gives it work again.
    func setDraining(_ isDraining: Bool, slave: SlaveID) async throws {
        try await decide { cluster, now, decisions in
            if isDraining {
                cluster.drain(slave: slave, at: now, &decisions)
            } else {
                cluster.undrain(slave: slave, at: now, &decisions)
            }
        }
        showSlaves()
    }

    /// Records that a slave exits.
    func left(slave: SlaveID) async throws {
        try await decide { $0.left(slave: slave, at: $1, &$2) }
    }

    /// Gives up silent slaves until the surrounding task is canceled.
    func watchSlaves() async throws {
        while !Task.isCancelled {
            // Anything that begins during this sleep is due after it.
            let latest = timekeeper.now.uptime + cluster.shortestDelay
            try await timekeeper.sleep(untilUptime: min(cluster.nextExpiry ?? latest, latest))
            do {
                try await decide { $0.expireSlaves(at: $1, &$2) }
            } catch let error as ClusterRunnerError {
                // The effect loop ends the builds concerned.
                logger.critical("The loss of slaves could not be stored: \(error)")
            }
        }
    }
}

extension StoreChange {
    /// The builds whose state it holds.
    fileprivate var builds: [BuildID] {
        switch self {
        case .build(let record): [record.id]
        case .subjobs(let records): records.map(\.buildID)
        case .atoms(let records): records.map(\.buildID)
        case .attempt(let record): [record.buildID]
        case .cases(let sheet, _): [sheet.buildID]
        case .slaveFailure(let build, _): [build]
        case .timings, .commands, .slaveHealth, .notification, .removeNotification, .event, .counter, .removeBuild: []
        }
    }
}

extension AtomResult {
    /// Whether files of the atom came in an upload.
    var hasFiles: Bool { hasArtifacts || console == .file }
}
