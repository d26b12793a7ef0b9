import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerScheduling
import ClusterRunnerWire
import Logging

/// Owns the cluster's state: every event goes through here, one after the other.
///
/// Each decision is made durable before it is acknowledged to anybody. Effects are performed in the order of the
/// decisions, each after its changes are durable, by ``performEffects(_:)``.
///
/// Neither does any work on files, except that a report's files get their place by a rename. Nothing in this folder may
/// import what has calls for files.
actor ClusterCoordinator {
    private var cluster: Cluster
    private let store: any BuildStore
    private let timekeeper: Timekeeper
    private let results: ResultsFolder
    private let consoles: ConsoleKeeper
    private let logger: Logger
    /// A report of many results takes some milliseconds, for which reads would wait in the tasks' pool.
    private let executor = ThreadExecutor(label: "ClusterCoordinator")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    /// What reads see of the cluster.
    nonisolated let view = ClusterView()
    private nonisolated let effects: AsyncStream<PendingEffects>
    private let effectsContinuation: AsyncStream<PendingEffects>.Continuation
    /// How many decisions have been made.
    private var decisionCount = 0

    /// What a decision leaves to do once its changes are durable.
    struct PendingEffects: Sendable {
        let decision: Int
        let ticket: StoreTicket?
        /// The records of builds that it changes.
        let builds: [BuildRecord]
        let effects: [ClusterEffect]
    }

    init(
        cluster: Cluster,
        store: any BuildStore,
        results: ResultsFolder,
        consoles: ConsoleKeeper,
        timekeeper: Timekeeper,
        logger: Logger
    ) {
        self.cluster = cluster
        self.store = store
        self.results = results
        self.consoles = consoles
        self.timekeeper = timekeeper
        self.logger = logger
        (effects, effectsContinuation) = AsyncStream.makeStream()
    }

    /// Performs effects with `perform` until ``stop()``, or the surrounding task is canceled.
    ///
    /// `perform` starts what takes long and does not wait for it: slaves wait for the effects behind it.
    nonisolated func performEffects(_ perform: (ClusterEffect) -> Void) async {
        for await pending in effects {
            do {
                try await pending.ticket?.durable()
                // Whom an effect makes look at a build finds it as it is then.
                view.records.pass(pending.builds, of: pending.decision)
            } catch is CancellationError {
                return
            } catch {
                await storeFailed(pending, error)
            }
            for effect in pending.effects { perform(effect) }
        }
    }

    /// Ends ``performEffects(_:)`` after what is pending.
    nonisolated func stop() {
        effectsContinuation.finish()
    }

    /// Makes a decision; returns once its changes are durable.
    private func decide<Result>(
        _ body: (inout Cluster, Moment, inout ClusterDecisions) throws -> Result
    ) async throws -> Result {
        let (result, pending) = try make(body)
        try await pending.ticket?.durable()
        publishStored(pending)
        return result
    }

    /// Makes a decision; returns at once, with what is to be done when its changes are durable.
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
            effects: decisions.effects
        )
        if pending.ticket != nil || !pending.effects.isEmpty { effectsContinuation.yield(pending) }
        view.publish(cluster, changed: builds, at: now)
        return (result, pending)
    }

    /// Shows the builds that a decision changed to reads: whoever made it must find what came of it.
    private func publishStored(_ pending: PendingEffects) {
        // A later decision may have ended a build, and have been shown before this one.
        view.records.take(pending.builds.filter { cluster.build($0.id) != nil }, of: pending.decision)
        for build in pending.builds where cluster.build(build.id) == nil {
            view.records.forget(build: build.id, of: pending.decision)
        }
    }

    /// Shows the slaves to reads as they are now: whoever was told that some have left must not find them.
    func showSlaves() {
        view.publishSlaves(of: cluster, at: timekeeper.now)
    }

    /// Publishes what reads ask for, until the surrounding task is canceled; while decisions are made, they do so.
    func answerReads() async {
        for await _ in view.questions { view.answer(of: cluster, at: timekeeper.now) }
    }

    /// Ends the builds whose changes could not be stored: what is in memory is ahead of what a restart would find.
    private func storeFailed(_ pending: PendingEffects, _ error: any Error) async {
        logger.critical("The store did not take changes: \(error)")
        for build in pending.builds.map(\.id) {
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
    /// Accepts a build request and returns the build's number.
    func request(type: String, parameters: ProjectParameters) async throws -> Int {
        try await decide { $0.request(type: type, parameters: parameters, at: $1, &$2) }
    }

    /// Takes up the builds that were not finished when the master ended; called once, before anything else.
    func resume(_ builds: [StoredBuild], health: [SlaveHealthRecord]) async throws {
        try await decide { $0.resume(builds, health: health, at: $1, &$2) }
    }

    /// How many builds are not finished.
    var unfinishedBuilds: Int { cluster.unfinishedBuilds }

    /// All unfinished builds.
    var liveBuilds: [LiveBuild] {
        let now = timekeeper.now
        return cluster.unfinishedRecords.compactMap { LiveBuild($0.id, of: cluster, at: now) }
    }

    /// The record of an unfinished build.
    func build(_ id: Int) -> BuildRecord? { cluster.build(id) }

    /// Says that a build's preparation begins; false when it must not.
    func preparationStarts(build: Int) async throws -> Bool {
        try await decide { $0.preparationStarts(build: build, at: $1, &$2) }
    }

    /// Takes in what the preparation of a build found out.
    func prepared(build: Int, plan: BuildPlan) async throws {
        try await decide { $0.prepared(build: build, plan: plan, at: $1, &$2) }
    }

    /// Ends a build in error.
    func fail(build: Int, _ message: String) async throws {
        try await decide { $0.fail(build: build, message, at: $1, &$2) }
    }

    /// Cancels a build; false when it had ended already.
    func cancel(build: Int) async throws -> Bool {
        try await decide { $0.cancel(build: build, at: $1, &$2) }
    }
}

// MARK: Slaves

extension ClusterCoordinator {
    /// A slave that is known.
    func slave(_ id: Int) -> SlaveStateMachine? { cluster.slave(id) }

    /// All slaves.
    var slaves: [SlaveStatus] { cluster.slaves }

    /// Takes in a slave and gives it a number.
    func register(_ registration: SlaveRegistration, token: String) async throws -> SlaveWelcome {
        let admission = try await decide {
            $0.register(
                url: registration.slave,
                sessionID: registration.sessionID,
                executors: registration.numExecutors,
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

    /// Refuses a slave that the master does not count on: it must register, and say the same again.
    private func checkIsKnown(_ slave: Int) throws {
        guard heard(from: slave) else { throw Self.unknownSlave }
    }

    /// The master does not count on a slave (any more).
    static let unknownSlave = ClusterRunnerError(
        .sessionExpired,
        "The master does not count on this slave any more; it must register again."
    )

    /// A slave opened its instruction stream.
    func connected(slave: Int) async throws {
        try await decide { $0.connected(slave: slave, at: $1, &$2) }
    }

    /// A slave's instruction stream ended.
    func disconnected(slave: Int) {
        cluster.disconnected(slave: slave)
    }

    /// A slave gave a sign of life; false when the master does not count on it any more.
    func heard(from slave: Int) -> Bool {
        cluster.heard(from: slave, at: timekeeper.now)
    }

    /// An upload of a slave ended; with a reason if it was refused for want of room.
    ///
    /// - Returns: Whether the master still counts on that slave.
    func uploadEnded(from slave: Int, refusedBecause reason: String?) -> Bool {
        cluster.uploadWasRefused(from: slave, because: reason, at: timekeeper.now)
        return heard(from: slave)
    }

    /// A slave gave a sign of life, and named what it works on.
    ///
    /// - Returns: The leases that count no more.
    /// - Throws: ``unknownSlave``.
    func heartbeat(from slave: Int, _ heartbeat: SlaveHeartbeat) throws -> [LeaseID] {
        // Nothing is changed, so nothing need be durable: a slave shall not be lost because a disk is full.
        guard let lost = make({ $0.heartbeat(slave: slave, heartbeat, at: $1, &$2) }).0 else {
            throw Self.unknownSlave
        }
        return lost
    }

    /// A slave has set a build up, or failed to.
    func setupFinished(slave: Int, _ report: SetupReport) async throws {
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

    /// A slave sent output of an atom that runs; returns how much of it is there.
    nonisolated func console(slave: Int, _ report: ConsoleReport) async throws -> Int {
        if let objection = await objection(to: report, from: slave) {
            throw ClusterRunnerError(.invalidState, objection)
        }
        let length = try await consoles.append(report)
        // Its result may have come in between, and the removal of its output before the output.
        if await objection(to: report, from: slave) != nil { consoles.remove(build: report.build, [report.claim]) }
        return length
    }

    private func objection(to report: ConsoleReport, from slave: Int) -> String? {
        cluster.objection(to: report.claim, build: report.build, from: slave)
    }

    /// A slave reported finished atoms.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidState`` when the upload that it names is not
    ///   here; it must be sent again, and then the report. With ``ClusterRunnerError/Code/unavailable`` when the disk has
    ///   no room for its files; then nothing of it counts yet.
    func results(slave: Int, _ report: ResultsReport) async throws -> ResultsAnswer {
        try checkIsKnown(slave)
        try results.checkUpload(of: slave, report)
        defer { if let upload = report.upload { results.discardUpload(of: slave, name: upload) } }
        let reports = try report.reports.map { try adoptFiles(of: $0, in: report, from: slave) }
        let answer = try await decide {
            $0.results(slave: slave, build: report.build, reports, returned: report.returned, at: $1, &$2)
        }
        // The result is stored: nobody finds neither of them.
        consoles.remove(build: report.build, reports.map(\.claim))
        return answer
    }

    /// Moves the files of an atom into the build's results, if its report counts.
    ///
    /// Together with the decision about the report in one step of the actor, so that nobody else's files are replaced.
    private func adoptFiles(of atom: AtomReport, in report: ResultsReport, from slave: Int) throws -> AtomReport {
        guard atom.result.hasFiles, cluster.objection(to: atom.claim, build: report.build, from: slave) == nil else {
            return atom
        }
        var atom = atom
        do {
            let attempt = cluster.attemptNumber(of: atom, build: report.build, from: slave)
            try results.adopt(atom, in: report, from: slave, attempt: attempt)
        } catch let error as ClusterRunnerError where error.code == .unavailable {
            // There may be room later. What was moved before this one is replaced then.
            throw error
        } catch {
            atom.obstacle = RunObstacle("Its files did not reach the master: \(error)")
            atom.result.console = .inline([])
            atom.result.hasArtifacts = false
        }
        return atom
    }

    /// The build that a slave works for.
    func build(of slave: Int) -> Int? { cluster.build(ofSlave: slave) }

    /// A slave has torn a build down.
    func tornDown(slave: Int, _ report: TeardownReport) async throws {
        try checkIsKnown(slave)
        // What it uploaded and did not report, because the build was canceled in between, belongs to nobody.
        if build(of: slave) == report.build { results.discardUploads(of: slave) }
        try await decide {
            $0.tornDown(slave: slave, build: report.build, commands: report.commands, at: $1, &$2)
        }
    }

    /// Somebody asked slaves to shut down.
    func shutDown(slaves: [Int], isDismissal: Bool = true) async throws {
        try await decide { cluster, now, decisions in
            for slave in slaves { cluster.shutDown(slave: slave, isDismissal: isDismissal, at: now, &decisions) }
        }
    }

    /// A slave exits.
    func left(slave: Int) async throws {
        try await decide { $0.left(slave: slave, at: $1, &$2) }
    }

    /// Gives up slaves that stay silent, until the surrounding task is canceled.
    func watchSlaves() async throws {
        while !Task.isCancelled {
            // Whatever begins while this sleeps is not due before it wakes.
            let latest = timekeeper.now.uptime + cluster.shortestDelay
            try await timekeeper.sleep(untilUptime: min(cluster.nextExpiry ?? latest, latest))
            do {
                try await decide { $0.expireSlaves(at: $1, &$2) }
            } catch let error as ClusterRunnerError {
                // Whoever looks after the effects ends the builds that this concerns.
                logger.critical("The loss of slaves could not be stored: \(error)")
            }
        }
    }
}

extension AtomResult {
    /// Whether files of the atom came in an upload.
    var hasFiles: Bool { hasArtifacts || console == .file }
}
