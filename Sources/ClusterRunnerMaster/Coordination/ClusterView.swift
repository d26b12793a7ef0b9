import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerScheduling

/// The cluster as reads see it: they never wait for their turn at the coordinator for longer than ``patience``.
///
/// Records of builds are here once they are stored. What else is known is published by the coordinator when readers ask
/// for it: after each decision, or when it comes to the question, whichever is first. While decisions are made in a
/// rush, readers are content with what is not older than ``contentment``.
struct ClusterView: Sendable {
    /// The records of the unfinished builds.
    let records = StoredRecords()
    /// The unfinished builds, by number.
    let builds: SnapshotCache<Int, LiveBuild>
    private let slaves: SnapshotCache<Everything, [SlaveStatus]>
    private let rate = DecisionRate()
    /// The departures of slaves that readers know of.
    private let departures = LastCount()
    /// Yields when somebody asks.
    let questions: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    /// How long a read waits for a coordinator that is busy.
    static let patience = Duration.milliseconds(5)
    /// What is no older than that will do while the coordinator is in a rush: the texts count in seconds.
    static let contentment = Duration.seconds(1)
    /// What is older than that is asked for again, though it will do.
    static let freshness = Duration.milliseconds(100)

    /// The key of what there is only one of.
    private enum Everything { case everything }

    init() {
        let (questions, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        (self.questions, self.continuation) = (questions, continuation)
        builds = SnapshotCache { continuation.yield() }
        slaves = SnapshotCache { continuation.yield() }
    }

    /// What is known of an unfinished build beyond its record.
    func build(_ id: Int, _ timekeeper: Timekeeper) async -> LiveBuild? {
        await news(of: id, in: builds, timekeeper)
    }

    /// All slaves; nil when nobody has asked for them before and the coordinator is busy.
    func slaves(_ timekeeper: Timekeeper) async -> [SlaveStatus]? {
        await news(of: .everything, in: slaves, timekeeper)
    }

    private func news<Key, Value>(
        of key: Key,
        in board: SnapshotCache<Key, Value>,
        _ timekeeper: Timekeeper
    ) async -> Value? {
        let now = timekeeper.now.uptime
        if rate.isRush(at: now), let last = board.last(of: key), now - last.at <= Self.contentment {
            if now - last.at > Self.freshness { board.ask(for: key) }
            return last.value
        }
        return await board.news(of: key, within: Self.patience, timekeeper)
    }

    /// Notes a decision, and publishes what readers ask for and what they must not miss: that a build entered another
    /// state, or ended, and that a slave is gone.
    func publish(_ cluster: Cluster, changed: [BuildRecord], at now: Moment) {
        if !changed.isEmpty { rate.note(at: now.uptime) }
        for record in changed where cluster.build(record.id)?.state != builds[record.id]?.record.state {
            builds.publish(LiveBuild(record.id, of: cluster, at: now), of: record.id, at: now.uptime)
        }
        if departures.isNew(cluster.departures) { slaves.publish(cluster.slaves, of: .everything, at: now.uptime) }
        answer(of: cluster, at: now)
    }

    /// Publishes what readers ask for.
    func answer(of cluster: Cluster, at now: Moment) {
        for id in builds.asked { builds.publish(LiveBuild(id, of: cluster, at: now), of: id, at: now.uptime) }
        if !slaves.asked.isEmpty { publishSlaves(of: cluster, at: now) }
    }

    /// Publishes the slaves, asked or not.
    func publishSlaves(of cluster: Cluster, at now: Moment) {
        slaves.publish(cluster.slaves, of: .everything, at: now.uptime)
    }
}
