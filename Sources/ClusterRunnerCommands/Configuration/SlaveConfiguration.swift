package import ClusterRunnerFiles

/// The configuration of a slave.
package struct SlaveConfiguration: Sendable, Equatable {
    /// The configuration shared with every command, with precedence for `[slave]`.
    package var general: GeneralConfiguration
    /// The port of its own API; 0 lets the system choose.
    package var port: Int
    /// The number of executors.
    package var executorCount: Int
    /// The host of its master.
    package var masterHostname: String
    /// The port of its master.
    package var masterPort: Int
    /// Whether changes through its own API must be signed against replay.
    package var requireSignature: Bool
    /// Whether reads of its own API also need the secret.
    package var authenticateReads: Bool
    /// Whether a digest is enough for scripts of ClusterRunner 1.x to end it.
    package var legacyClients: Bool
    /// The time between two heartbeats.
    package var heartbeatInterval: Duration
    /// The failed heartbeats in a row after which it gives up.
    package var heartbeatFailureThreshold: Int
    /// The default time limit of a set-up.
    package var setupTimeout: Duration
    /// The default time limit of a teardown.
    package var teardownTimeout: Duration
    /// The maximum size of an atom's output in MiB; 0 keeps all.
    package var maxConsoleMB: Int
    /// The place of the slave's own event log; nil writes none.
    ///
    /// A name in `[general]` is the master's, because two services in one file would mix their numbers.
    package var eventLog: EventLogPlace?

    init(_ values: ConfigurationValues) throws {
        general = try GeneralConfiguration(values)
        port = try values.integer("port")
        executorCount = try values.integer("num_executors")
        masterHostname = try values.string("master_hostname")
        masterPort = try values.integer("master_port")
        requireSignature = try values.boolean("require_signature")
        authenticateReads = try values.boolean("authenticate_reads")
        legacyClients = try values.boolean("legacy_clients")
        heartbeatInterval = try values.duration("heartbeat_interval")
        heartbeatFailureThreshold = try values.integer("heartbeat_failure_threshold")
        setupTimeout = try values.duration("setup_timeout")
        teardownTimeout = try values.duration("teardown_timeout")
        maxConsoleMB = try values.integer("max_console_mb")
    }
}
