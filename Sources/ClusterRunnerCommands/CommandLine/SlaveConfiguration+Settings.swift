import ClusterRunnerHTTP
import ClusterRunnerSlave

extension SlaveConfiguration {
    /// Makes the settings of a slave in a directory, for a service or an embedded cluster.
    func settings(_ directory: String, _ composition: Composition) throws -> SlaveSettings {
        SlaveSettings(
            endpoint: .init(host: general.bindAddress, port: port, tls: general.serverTLS),
            hostname: general.hostname,
            name: name,
            executors: executorCount,
            baseDirectory: directory,
            version: ProductVersion.current,
            authenticateReads: authenticateReads,
            requireSignature: requireSignature,
            legacyClients: legacyClients,
            heartbeatInterval: heartbeatInterval,
            heartbeatFailureThreshold: heartbeatFailureThreshold,
            git: general.git,
            getProjectFromMaster: general.getProjectFromMaster,
            maxConsoleBytes: maxConsoleMB == 0 ? nil : maxConsoleMB << 20,
            setupTimeout: setupTimeout,
            teardownTimeout: teardownTimeout,
            eventLog: eventLog,
            jobUser: try general.jobUser(in: directory),
            inheritedEnvironment: composition.jobEnvironment
        )
    }
}
