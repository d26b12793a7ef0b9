import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerScheduling

/// The cluster as readers see it; a read waits for the coordinator no longer than ``patience``.
///
/// Records of builds are here once they are stored. The coordinator publishes the rest when readers ask for it: after
/// each decision, or when it reaches the question, whichever is first. Under load, readers accept snapshots up to
/// ``contentment`` old.
struct ClusterView: Sendable {
    /// The records of the unfinished builds.
    let records = StoredRecords()
    /// The unfinished builds, by number.
    let builds: SnapshotCache<BuildID, LiveBuild>
    private let slaves: SnapshotCache<Everything, [SlaveStatus]>
    private let tallies: SnapshotCache<Everything, ClusterTally>
    private let rate = DecisionRate()
    /// The number of departures that readers know of.
    private let departures = LastCount()
    /// Yields when a reader asks for a snapshot.
    let questions: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    /// The longest wait of a read for a busy coordinator.
    static let patience = Duration.milliseconds(5)
    /// Maximum staleness accepted under load; texts count in seconds.
    static let contentment = Duration.seconds(1)
    /// The age from which a snapshot is renewed, although it is still served.
    static let freshness = Duration.milliseconds(100)

    /// The single key of the caches of what concerns the whole cluster.
    private enum Everything { case everything }

    init() {
        let (questions, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        (self.questions, self.continuation) = (questions, continuation)
        builds = SnapshotCache { continuation.yield() }
        slaves = SnapshotCache { continuation.yield() }
        tallies = SnapshotCache { continuation.yield() }
    }

    /// Returns what is known of an unfinished build beyond its record.
    func build(_ id: BuildID, _ timekeeper: Timekeeper) async -> LiveBuild? {
        await news(of: id, in: builds, timekeeper)
    }

    /// Returns all slaves; nil when no reader has asked before and the coordinator is busy.
    func slaves(_ timekeeper: Timekeeper) async -> [SlaveStatus]? {
        await news(of: .everything, in: slaves, timekeeper)
    }

    /// Returns the cluster in numbers; nil when no reader has asked before and the coordinator is busy.
    func tally(_ timekeeper: Timekeeper) async -> ClusterTally? {
        await news(of: .everything, in: tallies, timekeeper)
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

    /// Notes a decision and publishes what readers ask for, each change of a build's state, and departures of slaves.
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
        if !tallies.asked.isEmpty {
            tallies.publish(ClusterTally(of: cluster, at: now), of: .everything, at: now.uptime)
        }
    }

    /// Publishes the slaves, even if no reader asks.
    func publishSlaves(of cluster: Cluster, at now: Moment) {
        slaves.publish(cluster.slaves, of: .everything, at: now.uptime)
    }
}
