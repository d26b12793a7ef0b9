import ClusterRunnerDomain

/// A follower of the states of builds, for notifications.
protocol NotificationFollower: Sendable {
    /// The targets of notifications, whose records are stored together with each new build.
    var targets: [NotificationTarget] { get }

    /// Takes builds whose changes are stored; called in the order of the decisions, and returns at once.
    func stored(_ builds: [BuildRecord])
}

/// A follower without targets.
struct NoNotifications: NotificationFollower {
    let targets: [NotificationTarget] = []

    func stored(_ builds: [BuildRecord]) {}
}
