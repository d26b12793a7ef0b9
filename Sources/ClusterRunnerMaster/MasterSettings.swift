package import ClusterRunnerConcurrency
package import ClusterRunnerDomain
package import ClusterRunnerFiles
package import ClusterRunnerHTTP
package import ClusterRunnerPlugin
package import ClusterRunnerScheduling
package import ClusterRunnerWire

/// The settings of a master.
package struct MasterSettings: Sendable {
    /// The address to listen on.
    package var endpoint: HTTPService.Endpoint
    /// The name under which slaves and users reach it.
    package var hostname: String
    /// The directory of results, workspaces and mirrors.
    package var baseDirectory: String
    /// The reported version.
    package var version: String
    /// The form of a build's status in v1.
    package var v1BuildStatus: BuildRepresentation.Status
    /// Whether reads also need a login or a signature.
    package var authenticateReads: Bool
    /// Whether every change must be signed.
    package var requireSignature: Bool
    /// Whether a digest is enough for scripts of ClusterRunner 1.x to shut slaves down.
    package var legacyClients: Bool
    /// The web origins whose scripts may read answers.
    package var corsOrigins: OriginPattern?
    /// The limits of scheduling.
    package var policy: ClusterPolicy
    /// The rule for keeping ended builds.
    package var retention: Retention
    /// The limits beyond which it refuses requests.
    package var limits: AdmissionLimits
    /// The limits of atomizers.
    package var atomizers: AtomizerLimits
    /// The maximum number of connections.
    package var connections: Int
    /// The settings of git projects.
    package var git: GitSettings
    /// The setting `get_project_from_master`.
    package var getProjectFromMaster: Bool
    /// The place that gets each event as a line of JSON; nil writes no log.
    package var eventLog: EventLogPlace?
    /// The account that runs the commands of jobs; nil is the service's own.
    package var jobUser: JobUser?
    /// The environment that atomizers inherit, without the service's own variables.
    package var inheritedEnvironment: [ByteString: ByteString]

    /// The token that reads the metrics where reads must be authenticated; nil without one.
    package var metricsToken: String?

    /// The collector of traces; nil without one.
    package var traces: TraceSettings?

    /// The receivers of notifications.
    package var notifications = NotificationSettings()

    /// Whether the log tells of builds and slaves.
    package var logsEvents = true

    /// Whether builds that an earlier run left unfinished go on; otherwise they end in ERROR.
    package var resumesBuilds = true

    /// Creates settings with the defaults of a configuration file.
    package init(
        endpoint: HTTPService.Endpoint,
        hostname: String,
        baseDirectory: String,
        version: String,
        v1BuildStatus: BuildRepresentation.Status = .documented,
        authenticateReads: Bool = false,
        requireSignature: Bool = false,
        legacyClients: Bool = false,
        corsOrigins: OriginPattern? = nil,
        policy: ClusterPolicy = ClusterPolicy(),
        retention: Retention = Retention(),
        limits: AdmissionLimits = AdmissionLimits(),
        atomizers: AtomizerLimits = AtomizerLimits(),
        connections: Int = 10_000,
        git: GitSettings = GitSettings(),
        getProjectFromMaster: Bool = true,
        eventLog: EventLogPlace? = nil,
        jobUser: JobUser? = nil,
        inheritedEnvironment: [ByteString: ByteString]
    ) {
        self.endpoint = endpoint
        self.hostname = hostname
        self.baseDirectory = baseDirectory
        self.version = version
        self.v1BuildStatus = v1BuildStatus
        self.authenticateReads = authenticateReads
        self.requireSignature = requireSignature
        self.legacyClients = legacyClients
        self.corsOrigins = corsOrigins
        self.policy = policy
        self.retention = retention
        self.limits = limits
        self.atomizers = atomizers
        self.connections = connections
        self.git = git
        self.getProjectFromMaster = getProjectFromMaster
        self.eventLog = eventLog
        self.jobUser = jobUser
        self.inheritedEnvironment = jobUser?.environment(from: inheritedEnvironment) ?? inheritedEnvironment
    }
}

extension MasterSettings {
    /// The risk of listening in a network, in a sentence for the log; nil when there is no risk.
    package var exposure: String? {
        guard endpoint.tls == nil, !endpoint.isLoopback, !requireSignature else { return nil }
        return "The master listens on \(endpoint.host) without TLS and takes requests by their digest alone. "
            + "Any listener in the network can read everything and repeat a build request. "
            + "Set https_cert_file and https_key_file, or require_signature = True (docs/how-to/secure-a-cluster.md)."
    }
}

/// The replaceable parts of a master.
package struct MasterParts: Sendable {
    /// The store of builds.
    package let store: any BuildStore
    /// The runner of atomizers.
    package let runner: any CommandRunner
    /// The archiver of results.
    package let archiver: any Archiver
    /// The downloader of remote files.
    package let downloader: any FileDownloader
    /// The project types.
    package let projectTypes: ProjectTypeRegistry
    /// The holder of the secret.
    package let authenticator: MessageAuthenticator
    /// The clock.
    package let timekeeper: Timekeeper
    /// The parts for notifications.
    package let notifications: NotificationParts

    /// Collects the parts.
    package init(
        store: any BuildStore,
        runner: any CommandRunner,
        archiver: any Archiver,
        downloader: any FileDownloader,
        projectTypes: ProjectTypeRegistry,
        authenticator: MessageAuthenticator,
        timekeeper: Timekeeper,
        notifications: NotificationParts
    ) {
        self.store = store
        self.runner = runner
        self.archiver = archiver
        self.downloader = downloader
        self.projectTypes = projectTypes
        self.authenticator = authenticator
        self.timekeeper = timekeeper
        self.notifications = notifications
    }
}
