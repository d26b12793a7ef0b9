extension MasterConfiguration {
    static let keys = Keys()

    /// The settings of `[master]`.
    struct Keys: SettingGroup {
        let port = Setting(
            "port",
            in: .master,
            .port,
            default: 43_000,
            flag: .init(short: "p"),
            help: "The port the master listens on; 0 lets the system choose."
        )
        let v1BuildStatus = Setting(
            "v1_build_status",
            in: .master,
            .choice(V1BuildStatus.allCases, named: \.rawValue),
            default: .documented,
            help:
                "What v1 reports as a build's status: documented, or legacy for the finer states of ClusterRunner 1.x."
        )
        let requireSignature = Setting(
            "require_signature",
            in: .master,
            .boolean,
            default: false,
            help:
                "Whether a digest alone is refused, as docs/how-to/secure-a-cluster.md advises for networks without TLS."
        )
        let authenticateReads = Setting(
            "authenticate_reads",
            in: .master,
            .boolean,
            default: false,
            help: "Whether reading needs a login (or a signature) too."
        )
        let legacyClients = Setting(
            "legacy_clients",
            in: .master,
            .boolean,
            default: false,
            help: "Whether scripts of ClusterRunner 1.x may shut slaves down by a digest alone."
        )
        let unresponsiveSlavesCleanupInterval = Setting(
            "unresponsive_slaves_cleanup_interval",
            in: .master,
            .time,
            default: .seconds(10),
            help: "The seconds without a sign of life after which a slave counts as lost."
        )
        let resultsRetentionDays = Setting(
            "results_retention_days",
            in: .master,
            .integer(0...36_500),
            default: 30,
            help: "For how many days a build that has ended is kept with its results; 0 is for ever."
        )
        let resultsMaxBuilds = Setting(
            "results_max_builds",
            in: .master,
            .integer(0...1_000_000_000),
            default: 0,
            help: "How many builds that have ended are kept with their results, the newest; 0 is all."
        )
        let minFreeDiskMB = Setting(
            "min_free_disk_mb",
            in: .master,
            .integer(0...1_000_000_000),
            default: 512,
            help: "New builds are refused with 503 while fewer MiB are free on the disk of base_directory."
        )
        let atomizerTimeout = Setting(
            "atomizer_timeout",
            in: .master,
            .time,
            default: .seconds(1_800),
            help: "The seconds that an atomizer may run, after which its build is an ERROR."
        )
        let maxAtomizerOutputMB = Setting(
            "max_atomizer_output_mb",
            in: .master,
            .integer(1...4_096),
            default: 32,
            help: "How many MiB an atomizer may print; a build whose atomizer prints more is an ERROR."
        )
        let maxUnfinishedBuilds = Setting(
            "max_unfinished_builds",
            in: .master,
            .integer(1...1_000_000),
            default: 1_000,
            help: "New builds are refused with 503 while so many are queued or running."
        )
        let maxUploads = Setting(
            "max_uploads",
            in: .master,
            .integer(1...10_000),
            default: 32,
            help: "How many uploads of artifacts run at once; slaves try the others again a little later."
        )
        let maxConnections = Setting(
            "max_connections",
            in: .master,
            .integer(1...1_000_000),
            default: 10_000,
            help: "How many connections the master holds at once; a slave needs two to four, and what is more waits."
        )
    }
}
