package import ClusterRunnerConcurrency
package import ClusterRunnerDomain

/// The notifications of all builds, with every decision about them: what is due, when it is tried again, and when it is
/// given up.
///
/// A pure value. Targets are independent of each other, and so are the builds of a target. Each target has a limit of
/// concurrent notifications, so that a slow receiver delays its own notifications only.
package struct NotificationQueue: Sendable {
    private var lanes: [NotificationTarget: NotificationLane]
    /// The states that each followed build has entered.
    private var reached: [BuildID: [BuildState: Double]] = [:]
    private let targets: [NotificationTarget]

    /// Creates a queue without builds.
    package init(targets: [NotificationTarget], policy: NotificationPolicy = NotificationPolicy()) {
        self.targets = targets
        lanes = Dictionary(targets.map { ($0, NotificationLane(target: $0, policy: policy)) }) { first, _ in first }
    }

    /// Takes up the notifications of a build that an earlier run of the master left.
    package mutating func resume(_ record: NotificationRecord, reached: [BuildState: Double]) {
        guard let target = targets.first(where: { $0.name == record.target }) else { return }
        self.reached[record.build] = reached
        lanes[target]?.follow(record.build, settled: record.settled, reached: reached)
    }

    /// Notes the stored state of a build; a build that is not known is new, unless it has ended.
    ///
    /// - Returns: Whether that is a change of state.
    package mutating func changed(_ record: BuildRecord) -> Bool {
        let known = reached[record.id]
        guard known != record.timestamps else { return false }
        guard known != nil || !record.state.isFinal else { return false }
        reached[record.id] = record.timestamps
        for target in targets {
            if known == nil {
                lanes[target]?.follow(record.id, settled: nil, reached: record.timestamps)
            } else {
                lanes[target]?.changed(record.id, reached: record.timestamps)
            }
        }
        return true
    }

    /// Returns the notifications to deliver now.
    package mutating func begin(at uptime: Duration) -> [DueNotification] {
        targets.flatMap { lanes[$0]?.begin(at: uptime) ?? [] }
    }

    /// Decides what follows from an attempt; ``settle(_:)`` ends one that is delivered or given up.
    package mutating func ended(
        _ due: DueNotification,
        _ outcome: NotificationOutcome,
        at now: Moment
    ) -> NotificationVerdict {
        lanes[due.target]?.ended(due, outcome, at: now) ?? .givenUp("the target is no longer configured")
    }

    /// Ends a notification that is delivered or given up, once that is stored.
    package mutating func settle(_ due: DueNotification) {
        guard lanes[due.target]?.settle(due) == true else { return }
        forgetIfOver(due.build)
    }

    /// Forgets a build that no longer exists.
    package mutating func forget(_ build: BuildID) {
        for target in targets { lanes[target]?.forget(build) }
        reached[build] = nil
    }

    /// The uptime at which something more is due without another event; nil if there is nothing.
    package var nextDue: Duration? { targets.compactMap { lanes[$0]?.nextDue }.min() }

    /// The number of builds with notifications that are or may become due.
    package var pending: Int { reached.count }

    private mutating func forgetIfOver(_ build: BuildID) {
        if targets.allSatisfy({ lanes[$0]?.follows(build) != true }) { reached[build] = nil }
    }
}
