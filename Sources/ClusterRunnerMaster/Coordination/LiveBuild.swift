import ClusterRunnerCore

/// An unfinished build, with what is known of it beyond its record.
struct LiveBuild: Sendable {
    /// How far it is.
    var record: BuildRecord
    /// What it waits for, in words.
    var waitingFor: String?
    /// What else is known.
    let outlook: BuildOutlook?
}
