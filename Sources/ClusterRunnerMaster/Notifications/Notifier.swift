import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerScheduling
import ClusterRunnerWire
import Logging

/// Delivers notifications of builds: posts to URLs, and the command `on_build_finished`.
///
/// Everything that is due is in the store, so that nothing is lost when the master ends. What an attempt has achieved is
/// stored before the next notification of its build. A notification whose success was not stored is delivered again.
final class Notifier: NotificationFollower {
    private let settings: NotificationSettings
    private let parts: NotificationParts
    private let store: any BuildStore
    private let writer: NotificationWriter
    private let command: BuildFinishedCommand?
    private let agent: String
    private let timekeeper: Timekeeper
    private let logger: Logger
    private let queue: Lock<NotificationQueue>
    private let wakes: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    let targets: [NotificationTarget]

    init(
        settings: MasterSettings,
        parts: MasterParts,
        writer: NotificationWriter,
        folders: MasterFolders,
        logger: Logger
    ) {
        self.settings = settings.notifications
        self.parts = parts.notifications
        self.writer = writer
        self.logger = logger
        store = parts.store
        timekeeper = parts.timekeeper
        agent = "ClusterRunner/\(settings.version)"
        targets = settings.notifications.targets
        queue = Lock(NotificationQueue(targets: targets, policy: settings.notifications.policy))
        (wakes, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        command = settings.notifications.command.map { script in
            BuildFinishedCommand(
                script: script,
                timeout: settings.notifications.commandTimeout,
                folders: folders,
                runner: parts.notifications.runner,
                environment: parts.notifications.environment,
                timekeeper: parts.timekeeper,
                logger: logger
            )
        }
    }

    /// Takes up what an earlier run of the master left; called before builds can change.
    func resume(unfinished: [BuildRecord]) async throws {
        let states = Dictionary(unfinished.map { ($0.id, $0.state) }) { first, _ in first }
        let takeover = NotificationTakeover(
            stored: try await store.notifications(),
            unfinished: states,
            targets: targets
        )
        if !takeover.changes.isEmpty { try await store.enqueue(takeover.changes).durable() }
        for (target, records) in Dictionary(grouping: takeover.dropped, by: \.target) {
            let name = Credentials.masked(in: target)
            let builds = records.map { "\($0.build)" }.joined(separator: ", ")
            logger.warning("[notify] no longer has the \(name), so its notifications are dropped; builds: \(builds).")
        }
        for record in takeover.records {
            guard let build = try await store.build(record.build) else { continue }
            queue.withLock { $0.resume(record, reached: build.timestamps) }
        }
    }

    func stored(_ builds: [BuildRecord]) {
        guard !targets.isEmpty, !builds.isEmpty else { return }
        let isChange = queue.withLock { queue in
            builds.reduce(false) { isChange, build in queue.changed(build) || isChange }
        }
        if isChange { wake() }
    }

    /// Delivers what is due until the surrounding task is canceled.
    func run() async {
        guard !targets.isEmpty else { return }
        let sender = parts.makeSender()
        let post = NotificationPost(
            sender: sender,
            authenticator: parts.authenticator,
            timeout: settings.timeout,
            agent: agent
        )
        wake()
        await withDiscardingTaskGroup { group in
            var alarm = Duration.zero
            for await _ in wakes {
                let now = timekeeper.now.uptime
                let (due, next) = queue.withLock { queue in (queue.begin(at: now), queue.nextDue) }
                for notification in due { group.addTask { await self.deliver(notification, post) } }
                guard let next, next < alarm || alarm <= now else { continue }
                alarm = next
                group.addTask { await self.wake(at: next) }
            }
        }
        await sender.shutDown()
    }

    private func wake() {
        continuation.yield()
    }

    private func wake(at uptime: Duration) async {
        // A canceled wait wakes nobody who could still do something.
        try? await timekeeper.sleep(untilUptime: uptime)
        wake()
    }
}

// MARK: Deliveries

extension Notifier {
    private func deliver(_ due: DueNotification, _ post: NotificationPost) async {
        do {
            guard let outcome = try await attempt(due, post) else { return forget(due) }
            let now = timekeeper.now
            let verdict = queue.withLock { $0.ended(due, outcome, at: now) }
            report(verdict, of: due)
            if case .retry = verdict {} else { try await settle(due) }
            wake()
        } catch {
            // Only the end of the master: what was not stored is due again at the next start.
            logger.info("The notification of build \(due.build) (\(due.state.rawValue)) waits for the next start.")
        }
    }

    private func forget(_ due: DueNotification) {
        queue.withLock { $0.forget(due.build) }
        let reason = "the build was removed (results_max_builds, results_retention_days)"
        logger.warning("The notifications of build \(due.build) for \(name(of: due.target)) are dropped: \(reason).")
        wake()
    }

    /// Makes one attempt; returns nil when the build no longer exists.
    ///
    /// - Throws: `CancellationError` when the surrounding task is canceled.
    private func attempt(_ due: DueNotification, _ post: NotificationPost) async throws -> NotificationOutcome? {
        do {
            guard let written = try await writer.write(due) else { return nil }
            switch due.target {
            case .url(let text):
                guard let url = settings.url(text) else { return .rejected("it is no longer configured") }
                return try await post.send(written, to: url)
            case .command:
                return try await command?.run(written) ?? .rejected("it is no longer configured")
            }
        } catch let error as ClusterRunnerError {
            try Task.checkCancellation()
            return .failed("the build could not be read: \(clause: error)")
        }
    }

    private func settle(_ due: DueNotification) async throws {
        let record = NotificationRecord(build: due.build, target: due.target.name, settled: due.state)
        let change: StoreChange =
            due.state.isFinal
            ? .removeNotification(build: due.build, target: due.target.name) : .notification(record)
        do {
            try await store.enqueue([change]).durable()
        } catch let error as ClusterRunnerError {
            logger.error("After a restart a notification of build \(due.build) will be repeated. \(error)")
        }
        queue.withLock { $0.settle(due) }
    }

    private func report(_ verdict: NotificationVerdict, of due: DueNotification) {
        let receiver = name(of: due.target)
        let what = "The notification of build \(due.build) (\(due.state.rawValue)) for \(receiver)"
        switch verdict {
        case .delivered(isRecovery: true): logger.notice("Notifications reach \(receiver) again.")
        case .delivered: logger.debug("\(what) is delivered.")
        case .givenUp(let reason): logger.warning("\(what) is given up: \(sentence: reason)")
        case .retry(let wait, let reason, let isNews):
            let text = "\(what) failed: \(sentence: reason) The next attempt is in \(wait)."
            logger.log(level: isNews ? .warning : .info, "\(text)")
        }
    }

    private func name(of target: NotificationTarget) -> String {
        switch target {
        case .url(let text): settings.url(text).map { "\($0)" } ?? Credentials.masked(in: text)
        case .command: "on_build_finished"
        }
    }
}
