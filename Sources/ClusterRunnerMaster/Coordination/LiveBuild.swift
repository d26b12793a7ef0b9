import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerScheduling

/// An unfinished build, with what is known of it beyond its record.
struct LiveBuild: Sendable {
    /// How far it is.
    var record: BuildRecord
    /// What it waits for, in words.
    var waitingFor: String?
    /// What else is known.
    let outlook: BuildOutlook?
}

extension LiveBuild {
    /// Looks at an unfinished build; nil when there is none of that number.
    init?(_ id: Int, of cluster: Cluster, at now: Moment) {
        guard let record = cluster.build(id) else { return nil }
        self.init(
            record: record,
            waitingFor: cluster.waitingFor(build: id, at: now),
            outlook: cluster.outlook(build: id, at: now)
        )
    }
}
