extension NotifyConfiguration {
    static let keys = Keys()

    /// The settings of `[notify]`.
    struct Keys: SettingGroup {
        let url = Setting(
            "url",
            in: .notify,
            .urls,
            help: "The URLs, separated by commas, that get a signed POST at each change of a build's state."
        )
        let secret = Setting(
            "secret",
            in: .notify,
            .secret,
            help: "The secret that signs notifications, for their receivers; without it the cluster's secret."
        )
        let timeout = Setting(
            "timeout",
            in: .notify,
            .time,
            default: .seconds(10),
            help: "The seconds that a receiver may take to answer."
        )
        let giveUpAfter = Setting(
            "give_up_after",
            in: .notify,
            .time,
            default: .seconds(86_400),
            help: "The seconds after a change of state from which a failed notification of it is given up."
        )
        let onBuildFinished = Setting(
            "on_build_finished",
            in: .notify,
            .text,
            help: "The shell command that the master runs, as its own user, when a build has ended."
        )
        let onBuildFinishedTimeout = Setting(
            "on_build_finished_timeout",
            in: .notify,
            .time,
            default: .seconds(300),
            help: "The seconds that on_build_finished may run."
        )
        let masterURL = Setting(
            "master_url",
            in: .notify,
            .url,
            help: "The URL of the master in notifications, such as that of a proxy; without it the master's own."
        )
    }
}
