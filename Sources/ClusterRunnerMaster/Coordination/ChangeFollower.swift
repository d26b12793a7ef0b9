import ClusterRunnerDomain

/// A follower of all stored changes, such as the metrics.
protocol ChangeFollower: Sendable {
    /// Takes the changes of a decision, with the builds that it changed, once they are stored; called in the order of the
    /// decisions, and returns at once.
    func stored(_ builds: [BuildRecord], _ changes: [StoreChange])
}

/// A follower that ignores all changes.
struct NoChangeFollower: ChangeFollower {
    func stored(_ builds: [BuildRecord], _ changes: [StoreChange]) {}
}
