/// The configuration of a master.
package struct MasterConfiguration: Sendable, Equatable {
    /// The configuration shared with every command, with precedence for `[master]`.
    package var general: GeneralConfiguration
    /// The port it listens on; 0 lets the system choose.
    package var port: Int
    /// The vocabulary of a build's status in v1.
    package var v1BuildStatus: V1BuildStatus
    /// Whether changes must be signed against replay.
    package var requireSignature: Bool
    /// Whether reads also need the secret.
    package var authenticateReads: Bool
    /// Whether a digest is enough for scripts of ClusterRunner 1.x to shut slaves down.
    package var legacyClients: Bool
    /// The time without a sign of life after which a slave is lost.
    package var unresponsiveSlavesCleanupInterval: Duration
    /// The days that ended builds are kept; nil keeps them without limit.
    package var retentionDays: Int?
    /// The maximum number of ended builds kept; nil keeps all.
    package var retainedBuilds: Int?
    /// The MiB that must be free for a new build.
    package var minFreeDiskMB: Int
    /// The time limit of an atomizer.
    package var atomizerTimeout: Duration
    /// The maximum output of an atomizer in MiB.
    package var maxAtomizerOutputMB: Int
    /// The maximum number of unfinished builds.
    package var maxUnfinishedBuilds: Int
    /// The maximum number of concurrent uploads.
    package var maxUploads: Int
    /// The maximum number of connections.
    package var maxConnections: Int

    /// The vocabularies of a build's status in v1.
    package enum V1BuildStatus: String, Sendable {
        /// `BUILDING`, `SUCCESS` or `FAILURE`.
        case documented
        /// The detailed states of ClusterRunner 1.x.
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
