import ClusterRunnerCore

/// The cluster as reads see it: they never wait for their turn at the coordinator for longer than ``patience``.
///
/// The coordinator publishes what readers ask for after each decision, or when it comes to the question, whichever is
/// first.
struct ClusterView: Sendable {
    /// The unfinished builds, by number.
    let builds: LastKnown<Int, LiveBuild>
    private let slaves: LastKnown<Everything, [SlaveStatus]>
    /// Yields when somebody asks.
    let questions: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    /// How long a read waits for a coordinator that is busy.
    static let patience = Duration.milliseconds(5)

    /// The key of what there is only one of.
    private enum Everything { case everything }

    init() {
        let (questions, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        (self.questions, self.continuation) = (questions, continuation)
        builds = LastKnown { continuation.yield() }
        slaves = LastKnown { continuation.yield() }
    }

    /// What is known of an unfinished build beyond its record.
    func build(_ id: Int, _ timekeeper: Timekeeper) async -> LiveBuild? {
        await builds.news(of: id, within: Self.patience, timekeeper)
    }

    /// All slaves; nil when nobody has asked for them before and the coordinator is busy.
    func slaves(_ timekeeper: Timekeeper) async -> [SlaveStatus]? {
        await slaves.news(of: .everything, within: Self.patience, timekeeper)
    }

    /// Publishes what readers ask for, and what they must not miss: that a build entered another state, or ended.
    func publish(_ cluster: Cluster, changed: [Int], at now: Moment) {
        for id in changed where cluster.build(id)?.state != builds[id]?.record.state {
            builds.publish(LiveBuild(id, of: cluster, at: now), of: id)
        }
        for id in builds.asked { builds.publish(LiveBuild(id, of: cluster, at: now), of: id) }
        if !slaves.asked.isEmpty { slaves.publish(cluster.slaves, of: .everything) }
    }
}
