package import ClusterRunnerWire

/// What a master needs to know.
package struct MasterConfiguration: Sendable, Equatable {
    /// What it shares with every command, with the entries of `[master]` first.
    package var general: GeneralConfiguration
    /// The port it listens on; 0 lets the system choose.
    package var port: Int
    /// What v1 reports as a build's status.
    package var v1BuildStatus: V1BuildStatus
    /// Whether requests that change something must be signed against replay.
    package var requireSignature: Bool
    /// Whether reading needs the secret too.
    package var authenticateReads: Bool
    /// The file of the token that reads the metrics; nil without one.
    package var metricsTokenFile: String?
    /// The collector of traces; nil without one.
    package var otlpEndpoint: NotificationURL?
    /// The file of the headers that the collector needs; nil without any.
    package var otlpHeadersFile: String?
    /// Whether a digest is enough for scripts of ClusterRunner 1.x to shut slaves down.
    package var legacyClients: Bool
    /// How long a slave may give no sign of life.
    package var unresponsiveSlavesCleanupInterval: Duration
    /// For how many days builds that have ended are kept; nil is for ever.
    package var retentionDays: Int?
    /// How many builds that have ended are kept; nil is all.
    package var retainedBuilds: Int?
    /// The number of a job's builds whose test cases are kept as history.
    package var historyMaxRuns: Int
    /// How many MiB must be free for a new build.
    package var minFreeDiskMB: Int
    /// How long an atomizer may run.
    package var atomizerTimeout: Duration
    /// How many MiB an atomizer may print.
    package var maxAtomizerOutputMB: Int
    /// How many builds may be unfinished at a time.
    package var maxUnfinishedBuilds: Int
    /// How many uploads may run at a time.
    package var maxUploads: Int
    /// The maximum size of an uploaded project in MiB.
    package var maxUploadMB: Int
    /// How many connections it holds at a time.
    package var maxConnections: Int
    /// The receivers of notifications.
    package var notify = NotifyConfiguration()

    /// The two vocabularies for a build's status in v1.
    package enum V1BuildStatus: String, Sendable, CaseIterable {
        /// `BUILDING`, `SUCCESS` or `FAILURE`.
        case documented
        /// The finer states of ClusterRunner 1.x.
        case legacy
    }

    /// The longest time from the first signal to the end.
    var endingTime: Duration { general.shutdownTimeout + GeneralConfiguration.endOfFiles }

    init(_ values: ConfigurationValues) throws {
        let keys = Self.keys
        general = try GeneralConfiguration(values)
        port = try values[keys.port]
        v1BuildStatus = try values[keys.v1BuildStatus]
        requireSignature = try values[keys.requireSignature]
        authenticateReads = try values[keys.authenticateReads]
        metricsTokenFile = try values[keys.metricsTokenFile]
        otlpEndpoint = try values[keys.otlpEndpoint]
        otlpHeadersFile = try values[keys.otlpHeadersFile]
        legacyClients = try values[keys.legacyClients]
        unresponsiveSlavesCleanupInterval = try values[keys.unresponsiveSlavesCleanupInterval]
        let days = try values[keys.resultsRetentionDays]
        retentionDays = days == 0 ? nil : days
        let builds = try values[keys.resultsMaxBuilds]
        retainedBuilds = builds == 0 ? nil : builds
        historyMaxRuns = try values[keys.historyMaxRuns]
        minFreeDiskMB = try values[keys.minFreeDiskMB]
        atomizerTimeout = try values[keys.atomizerTimeout]
        maxAtomizerOutputMB = try values[keys.maxAtomizerOutputMB]
        maxUnfinishedBuilds = try values[keys.maxUnfinishedBuilds]
        maxUploads = try values[keys.maxUploads]
        maxUploadMB = try values[keys.maxUploadMB]
        maxConnections = try values[keys.maxConnections]
    }
}
