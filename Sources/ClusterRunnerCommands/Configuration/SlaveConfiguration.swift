package import ClusterRunnerFiles

/// What a slave needs to know.
package struct SlaveConfiguration: Sendable, Equatable {
    /// What it shares with every command, with the entries of `[slave]` first.
    package var general: GeneralConfiguration
    /// The port of its own API; 0 lets the system choose.
    package var port: Int
    /// How many atoms it runs at once.
    package var executorCount: Int
    /// The host its master runs on.
    package var masterHostname: String
    /// The port its master listens on.
    package var masterPort: Int
    /// Whether requests to its own API that change something must be signed against replay.
    package var requireSignature: Bool
    /// Whether reading its own API needs the secret too.
    package var authenticateReads: Bool
    /// Whether a digest is enough for scripts of ClusterRunner 1.x to end it.
    package var legacyClients: Bool
    /// The time between two signs of life.
    package var heartbeatInterval: Duration
    /// How many heartbeats in a row may fail before it gives up.
    package var heartbeatFailureThreshold: Int
    /// How long a set-up may run whose job does not say so.
    package var setupTimeout: Duration
    /// How long a teardown may run whose job does not say so.
    package var teardownTimeout: Duration
    /// How many MiB of an atom's output are kept; 0 is all.
    package var maxConsoleMB: Int
    /// Where the slave writes its own events; nil is nowhere.
    ///
    /// A name in `[general]` is the master's: two services that wrote one file would mix their numbers.
    package var eventLog: EventLogPlace?

    init(_ values: ConfigurationValues) throws {
        let keys = Self.keys
        general = try GeneralConfiguration(values)
        port = try values[keys.port]
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
