import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerScheduling

/// An unfinished build, with what is known of it beyond its record.
struct LiveBuild: Sendable {
    /// The state and progress.
    var record: BuildRecord
    /// The reason for waiting, in words.
    var waitingFor: String?
    /// The part of the reason that is no running atom.
    var hindrance: String?
    /// The remaining facts.
    let outlook: BuildOutlook?
    /// The atoms that have run longest.
    var running: [AtomInProgress] = []
}

extension LiveBuild {
    /// Reads an unfinished build; nil when the cluster has no build of that number.
    init?(_ id: BuildID, of cluster: Cluster, at now: Moment) {
        guard let record = cluster.build(id) else { return nil }
        let wait = cluster.wait(of: id, at: now)
        self.init(
            record: record,
            waitingFor: wait?.text,
            hindrance: wait?.hindrance,
            outlook: cluster.outlook(build: id, at: now),
            running: cluster.atomsInProgress(of: id, at: now)
        )
    }
}
