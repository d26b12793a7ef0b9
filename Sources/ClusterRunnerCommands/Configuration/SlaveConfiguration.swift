package import ClusterRunnerFiles

/// The configuration of a slave.
package struct SlaveConfiguration: Sendable, Equatable {
    /// The configuration shared with every command, with precedence for `[slave]`.
    package var general: GeneralConfiguration
    /// The port of its own API; 0 lets the system choose.
    package var port: Int
    /// The name for people, by default that of the machine.
    package var name: String
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

    /// The longest time from the first signal to the end: running work, the teardown after that, and the files.
    var endingTime: Duration { general.shutdownTimeout + teardownTimeout + GeneralConfiguration.endOfFiles }

    init(_ values: ConfigurationValues) throws {
        let keys = Self.keys
        general = try GeneralConfiguration(values)
        port = try values[keys.port]
        name = try values[keys.slaveName] ?? GeneralConfiguration.systemHostname()
        executorCount = try values[keys.numExecutors]
        masterHostname = try values[keys.masterHostname]
        masterPort = try values[keys.masterPort]
        requireSignature = try values[keys.requireSignature]
        authenticateReads = try values[keys.authenticateReads]
        legacyClients = try values[keys.legacyClients]
        heartbeatInterval = try values[keys.heartbeatInterval]
        heartbeatFailureThreshold = try values[keys.heartbeatFailureThreshold]
        setupTimeout = try values[keys.setupTimeout]
        teardownTimeout = try values[keys.teardownTimeout]
        maxConsoleMB = try values[keys.maxConsoleMB]
    }
}
