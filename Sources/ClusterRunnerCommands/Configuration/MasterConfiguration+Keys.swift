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
                "The vocabulary of a build's status in v1: documented, or legacy for the states of ClusterRunner 1.x."
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
            help: "Whether reads also need a login or a signature."
        )
        let metricsTokenFile = Setting(
            "metrics_token_file",
            in: .master,
            .path,
            help: "The file of the token with which Prometheus reads the metrics where authenticate_reads is set."
        )
        let otlpEndpoint = Setting(
            "otlp_endpoint",
            in: .master,
            .url,
            help: "The URL of an OpenTelemetry collector that gets traces of builds, such as http://localhost:4318."
        )
        let otlpHeadersFile = Setting(
            "otlp_headers_file",
            in: .master,
            .path,
            help: "The file of the headers (Name: value) that the collector of otlp_endpoint needs."
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
            help: "The days that an ended build is kept with its results; 0 keeps it without limit."
        )
        let resultsMaxBuilds = Setting(
            "results_max_builds",
            in: .master,
            .integer(0...1_000_000_000),
            default: 0,
            help: "The maximum number of ended builds kept with their results; 0 keeps all."
        )
        let historyMaxRuns = Setting(
            "history_max_runs",
            in: .master,
            .integer(2...100_000),
            default: 100,
            help: "The number of a job's builds whose test cases are kept as history, removed builds included."
        )
        let minFreeDiskMB = Setting(
            "min_free_disk_mb",
            in: .master,
            .integer(0...1_000_000_000),
            default: 512,
            help: "The free MiB on the disk of base_directory below which new builds are refused with 503."
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
            help: "The maximum output of an atomizer in MiB; a build whose atomizer prints more is an ERROR."
        )
        let maxUnfinishedBuilds = Setting(
            "max_unfinished_builds",
            in: .master,
            .integer(1...1_000_000),
            default: 1_000,
            help: "The number of queued and running builds from which new builds are refused with 503."
        )
        let maxUploads = Setting(
            "max_uploads",
            in: .master,
            .integer(1...10_000),
            default: 32,
            help: "The maximum number of concurrent uploads; slaves and clients retry the others later."
        )
        let maxUploadMB = Setting(
            "max_upload_mb",
            in: .master,
            .integer(1...1_000_000_000),
            default: 4_096,
            help: "The maximum size in MiB of a folder that clusterrunner build --upload sends."
        )
        let maxConnections = Setting(
            "max_connections",
            in: .master,
            .integer(1...1_000_000),
            default: 10_000,
            help: "The maximum number of open connections; a slave needs two to four, and further connections wait."
        )
    }
}
