import ClusterRunnerMaster
import ClusterRunnerScheduling

extension MasterSettings {
    /// Returns the settings with receivers of notifications, for a service.
    ///
    /// An embedded cluster has none: it ends with its build, and could not try again.
    func notifying(_ configuration: NotifyConfiguration) -> Self {
        var settings = self
        settings.notifications = NotificationSettings(
            urls: configuration.urls,
            timeout: configuration.timeout,
            command: configuration.onBuildFinished,
            commandTimeout: configuration.onBuildFinishedTimeout,
            masterURL: configuration.masterURL,
            policy: NotificationPolicy(giveUpAfter: configuration.giveUpAfter)
        )
        return settings
    }
}
