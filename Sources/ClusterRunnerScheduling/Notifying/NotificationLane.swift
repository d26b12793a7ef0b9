import ClusterRunnerConcurrency
import ClusterRunnerDomain

/// The notifications of one target: in the order of the states for each build, and independent across builds.
///
/// A pure value without a clock. A build that waits for a retry delays no other build.
struct NotificationLane: Sendable {
    private struct Entry {
        var settled: BuildState?
        /// The states that the build has entered, with the times.
        var reached: [BuildState: Double]
        /// The failures in a row of the notification that is due.
        var failures = 0
        /// The refusals among them.
        var refusals = 0
        var phase = Phase.idle
    }

    private enum Phase: Equatable {
        /// Nothing is due.
        case idle
        /// In ``NotificationLane/ready``.
        case ready
        /// An attempt runs, or its success is not stored yet.
        case running
        /// A retry waits for its time, in uptime.
        case waiting(until: Duration, isOutage: Bool)
    }

    private let target: NotificationTarget
    private let policy: NotificationPolicy
    private var entries: [BuildID: Entry] = [:]
    /// The builds with a notification to deliver, the next one first.
    private var ready: [BuildID] = []
    /// The builds that wait for a retry, with its time.
    private var waiting: [BuildID: Duration] = [:]
    private var running = 0
    /// The time until which the receiver asked for a pause.
    private var pausedUntil = Duration.zero
    /// Whether the last attempt failed.
    private var isFailing = false

    init(target: NotificationTarget, policy: NotificationPolicy) {
        self.target = target
        self.policy = policy
    }

    /// Whether notifications of a build are or may become due.
    func follows(_ build: BuildID) -> Bool { entries[build] != nil }

    /// The uptime at which something more is due without another event; nil if there is nothing.
    var nextDue: Duration? {
        let next = ready.isEmpty || running >= policy.concurrency ? waiting.values.min() : .zero
        return next.map { max($0, pausedUntil) }
    }

    /// Follows a build from the state after `settled` on.
    mutating func follow(_ build: BuildID, settled: BuildState?, reached: [BuildState: Double]) {
        guard settled?.isFinal != true else { return }
        entries[build] = Entry(settled: settled, reached: reached)
        makeReady(build)
    }

    /// Notes the states that a build has entered.
    mutating func changed(_ build: BuildID, reached: [BuildState: Double]) {
        guard entries[build] != nil else { return }
        entries[build]?.reached = reached
        if entries[build]?.phase == .idle { makeReady(build) }
    }

    /// Forgets a build that no longer exists; for a running attempt, its end does so.
    mutating func forget(_ build: BuildID) {
        guard let entry = entries.removeValue(forKey: build) else { return }
        if entry.phase == .running { running -= 1 }
        waiting[build] = nil
        ready.removeAll { $0 == build }
    }

    /// Returns the notifications to deliver now, as many as may run at once.
    mutating func begin(at now: Duration) -> [DueNotification] {
        guard pausedUntil <= now else { return [] }
        for build in waiting.filter({ $0.value <= now }).sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) }) {
            makeReady(build.key)
        }
        var begun: [DueNotification] = []
        while running < policy.concurrency, let build = ready.first {
            ready.removeFirst()
            guard let due = due(of: build) else {
                entries[build]?.phase = .idle
                continue
            }
            entries[build]?.phase = .running
            running += 1
            begun.append(due)
        }
        return begun
    }

    /// Decides what follows from an attempt; ``settle(_:)`` ends one that is delivered or given up.
    mutating func ended(_ due: DueNotification, _ outcome: NotificationOutcome, at now: Moment) -> NotificationVerdict {
        switch outcome {
        case .delivered: return delivered()
        case .rejected(let reason): return givenUp(reason)
        case .refused(let reason):
            entries[due.build]?.refusals += 1
            let refusals = entries[due.build]?.refusals ?? policy.refusals
            return refusals < policy.refusals ? failed(due, reason, at: now) : givenUp(reason)
        case .failed(let reason, let isOutage, let requested):
            if requested != nil {
                let pause = policy.delay(afterFailures: 1, requested: requested)
                pausedUntil = max(pausedUntil, now.uptime + pause)
            }
            return failed(due, reason, isOutage: isOutage, requested: requested, at: now)
        }
    }

    /// Ends a notification that is delivered or given up; the next one of the build may follow.
    ///
    /// - Returns: Whether that was the build's last one.
    @discardableResult
    mutating func settle(_ due: DueNotification) -> Bool {
        guard var entry = entries[due.build], entry.phase == .running else { return due.state.isFinal }
        running -= 1
        guard !due.state.isFinal else {
            entries[due.build] = nil
            return true
        }
        entry = Entry(settled: due.state, reached: entry.reached)
        entries[due.build] = entry
        makeReady(due.build)
        return false
    }
}

extension NotificationLane {
    /// Returns the first state of a build that is not settled and that the target wants to know.
    private func due(of build: BuildID) -> DueNotification? {
        guard let entry = entries[build] else { return nil }
        let settled = entry.settled?.step ?? 0
        let next = entry.reached.filter { $0.key.step > settled && target.wants($0.key) }
            .min { $0.key.step < $1.key.step }
        return next.map { DueNotification(build: build, target: target, state: $0.key, changedAt: $0.value) }
    }

    private mutating func makeReady(_ build: BuildID) {
        waiting[build] = nil
        guard due(of: build) != nil else {
            entries[build]?.phase = .idle
            return
        }
        entries[build]?.phase = .ready
        ready.append(build)
    }

    private mutating func delivered() -> NotificationVerdict {
        let isRecovery = isFailing
        isFailing = false
        // The receiver is back: what failed because it was away need not wait any longer.
        for build in waiting.keys.sorted() {
            if case .waiting(_, isOutage: true) = entries[build]?.phase { makeReady(build) }
        }
        return .delivered(isRecovery: isRecovery)
    }

    private mutating func givenUp(_ reason: String) -> NotificationVerdict {
        isFailing = true
        return .givenUp(reason)
    }

    private mutating func failed(
        _ due: DueNotification,
        _ reason: String,
        isOutage: Bool = false,
        requested: Duration? = nil,
        at now: Moment
    ) -> NotificationVerdict {
        guard now.wall - due.changedAt < policy.giveUpAfter.inSeconds else { return givenUp(reason) }
        let isNews = !isFailing
        isFailing = true
        guard entries[due.build] != nil else { return givenUp(reason) }
        entries[due.build]?.failures += 1
        let wait = policy.delay(afterFailures: entries[due.build]?.failures ?? 1, requested: requested)
        entries[due.build]?.phase = .waiting(until: now.uptime + wait, isOutage: isOutage)
        waiting[due.build] = now.uptime + wait
        running -= 1
        return .retry(after: wait, reason: reason, isNews: isNews)
    }
}
