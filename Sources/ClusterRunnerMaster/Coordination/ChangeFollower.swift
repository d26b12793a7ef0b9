import ClusterRunnerDomain

/// A follower of all stored changes, such as the metrics.
protocol ChangeFollower: Sendable {
    /// Takes the changes of a decision, with the builds that it changed, once they are stored; called in the order of the
    /// decisions, and returns at once.
    func stored(_ builds: [BuildRecord], _ changes: [StoreChange])
}

/// Several followers, in their order.
struct ChangeFollowers: ChangeFollower {
    private let followers: [any ChangeFollower]

    /// Joins followers; none ignore all changes.
    init(_ followers: [any ChangeFollower] = []) {
        self.followers = followers
    }

    func stored(_ builds: [BuildRecord], _ changes: [StoreChange]) {
        for follower in followers { follower.stored(builds, changes) }
    }
}
