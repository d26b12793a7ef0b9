package import ClusterRunnerConcurrency
package import ClusterRunnerDomain
package import ClusterRunnerFiles
package import ClusterRunnerHTTP
package import ClusterRunnerPlugin
package import ClusterRunnerScheduling
package import ClusterRunnerWire

/// How a master works.
package struct MasterSettings: Sendable {
    /// Where it listens.
    package var endpoint: HTTPService.Endpoint
    /// The name under which slaves and users reach it.
    package var hostname: String
    /// Where it keeps results, workspaces and mirrors.
    package var baseDirectory: String
    /// The version it reports.
    package var version: String
    /// What v1 reports as the status of a build.
    package var v1BuildStatus: BuildRepresentation.Status
    /// Whether reads need a login or a signature, too.
    package var authenticateReads: Bool
    /// Whether every change must be signed.
    package var requireSignature: Bool
    /// Whether a digest is enough for scripts of ClusterRunner 1.x to shut slaves down.
    package var legacyClients: Bool
    /// The web origins whose scripts may read answers.
    package var corsOrigins: OriginPattern?
    /// The limits of scheduling.
    package var policy: ClusterPolicy
    /// How long builds are kept.
    package var retention: Retention
    /// What it refuses for now.
    package var limits: AdmissionLimits
    /// The limits of atomizers.
    package var atomizers: AtomizerLimits
    /// How many connections it accepts at a time.
    package var connections: Int
    /// The settings for projects that come from git.
    package var git: GitSettings
    /// `get_project_from_master`.
    package var getProjectFromMaster: Bool
    /// The place that gets each event as a line of JSON; nil is none.
    package var eventLog: EventLogPlace?
    /// The account under which the commands of jobs run; nil is the service's own.
    package var jobUser: JobUser?
    /// The environment that atomizers inherit, without the service's own variables.
    package var inheritedEnvironment: [ByteString: ByteString]

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
    /// The risk that a listener in the network is, in a sentence for the log; nil when there is none.
    package var exposure: String? {
        guard endpoint.tls == nil, !endpoint.isLoopback, !requireSignature else { return nil }
        return "The master listens on \(endpoint.host) without TLS and takes requests by their digest alone. "
            + "Anybody who listens in the network can read everything, and repeat a request to build. "
            + "Set https_cert_file and https_key_file, or require_signature = True (docs/how-to/secure-a-cluster.md)."
    }
}

/// The replaceable parts that a master works with.
package struct MasterParts: Sendable {
    /// Keeps builds.
    package let store: any BuildStore
    /// Runs atomizers.
    package let runner: any CommandRunner
    /// Packs and unpacks results.
    package let archiver: any Archiver
    /// Downloads remote files.
    package let downloader: any FileDownloader
    /// The project types.
    package let projectTypes: ProjectTypeRegistry
    /// Holds the secret.
    package let authenticator: MessageAuthenticator
    /// Tells the time.
    package let timekeeper: Timekeeper

    /// Collects the parts.
    package init(
        store: any BuildStore,
        runner: any CommandRunner,
        archiver: any Archiver,
        downloader: any FileDownloader,
        projectTypes: ProjectTypeRegistry,
        authenticator: MessageAuthenticator,
        timekeeper: Timekeeper
    ) {
        self.store = store
        self.runner = runner
        self.archiver = archiver
        self.downloader = downloader
        self.projectTypes = projectTypes
        self.authenticator = authenticator
        self.timekeeper = timekeeper
    }
}
