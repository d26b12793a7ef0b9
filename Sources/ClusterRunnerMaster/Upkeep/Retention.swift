import ClusterRunnerCore

/// How long a master keeps builds that have ended, with their results.
public struct Retention: Sendable, Equatable {
    /// For how many days; nil is for ever.
    public var days: Int?
    /// How many at the most, the newest; nil is all.
    public var builds: Int?

    /// Creates a rule; without arguments everything is kept.
    public init(days: Int? = nil, builds: Int? = nil) {
        self.days = days
        self.builds = builds
    }
}
