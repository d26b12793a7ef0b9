import ClusterRunnerHTTP
import ClusterRunnerMaster
import ClusterRunnerScheduling
import ClusterRunnerWire

extension MasterConfiguration {
    /// Makes the settings of a service, which has receivers of notifications and traces, and a token of its metrics.
    func serviceSettings(_ directory: String, _ composition: Composition) throws -> MasterSettings {
        var settings = try settings(directory, composition).notifying(notify)
        settings.metricsToken = try metricsTokenFile.map { try MetricsToken(path: $0).text }
        settings.traces = try traceSettings()
        settings.policy.tracesBuilds = settings.traces != nil
        return settings
    }

    /// Makes the settings of a master in a directory, for a service or an embedded cluster.
    func settings(_ directory: String, _ composition: Composition) throws -> MasterSettings {
        var settings = MasterSettings(
            endpoint: .init(host: general.bindAddress, port: port, tls: general.serverTLS),
            hostname: general.hostname,
            baseDirectory: directory,
            version: ProductVersion.current,
            v1BuildStatus: v1BuildStatus == .legacy ? .legacy : .documented,
            authenticateReads: authenticateReads,
            requireSignature: requireSignature,
            legacyClients: legacyClients,
            corsOrigins: try general.corsAllowedOriginsRegex.map { try OriginPattern($0) },
            policy: ClusterPolicy(slaveTimeout: unresponsiveSlavesCleanupInterval),
            retention: Retention(days: retentionDays, builds: retainedBuilds),
            limits: AdmissionLimits(
                freeBytes: minFreeDiskMB << 20,
                unfinishedBuilds: maxUnfinishedBuilds,
                uploads: maxUploads,
                uploadBytes: maxUploadMB << 20
            ),
            atomizers: AtomizerLimits(self),
            connections: maxConnections,
            git: general.git,
            getProjectFromMaster: general.getProjectFromMaster,
            eventLog: general.eventLog,
            jobUser: try general.jobUser(in: directory),
            inheritedEnvironment: composition.jobEnvironment
        )
        settings.policy.keptCaseBuilds = historyMaxRuns
        return settings
    }
}
