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
    /// How long a slave may give no sign of life.
    package var unresponsiveSlavesCleanupInterval: Duration

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
        unresponsiveSlavesCleanupInterval = try values.duration("unresponsive_slaves_cleanup_interval")
    }
}
