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
    /// Whether a digest is enough for scripts of ClusterRunner 1.x to shut slaves down.
    package var legacyClients: Bool
    /// How long a slave may give no sign of life.
    package var unresponsiveSlavesCleanupInterval: Duration
    /// For how many days builds that have ended are kept; nil is for ever.
    package var retentionDays: Int?
    /// How many builds that have ended are kept; nil is all.
    package var retainedBuilds: Int?
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
    /// How many connections it holds at a time.
    package var maxConnections: Int

    /// The two vocabularies for a build's status in v1.
    package enum V1BuildStatus: String, Sendable {
        /// `BUILDING`, `SUCCESS` or `FAILURE`.
        case documented
        /// The finer states of ClusterRunner 1.x.
        case legacy
    }

    init(_ values: ConfigurationValues) throws {
        general = try GeneralConfiguration(values)
        port = try values.integer("port")
        v1BuildStatus = V1BuildStatus(rawValue: try values.string("v1_build_status")) ?? .documented
        requireSignature = try values.boolean("require_signature")
        authenticateReads = try values.boolean("authenticate_reads")
        legacyClients = try values.boolean("legacy_clients")
        unresponsiveSlavesCleanupInterval = try values.duration("unresponsive_slaves_cleanup_interval")
        let days = try values.integer("results_retention_days")
        retentionDays = days == 0 ? nil : days
        let builds = try values.integer("results_max_builds")
        retainedBuilds = builds == 0 ? nil : builds
        minFreeDiskMB = try values.integer("min_free_disk_mb")
        atomizerTimeout = try values.duration("atomizer_timeout")
        maxAtomizerOutputMB = try values.integer("max_atomizer_output_mb")
        maxUnfinishedBuilds = try values.integer("max_unfinished_builds")
        maxUploads = try values.integer("max_uploads")
        maxConnections = try values.integer("max_connections")
    }
}
