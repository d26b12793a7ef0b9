public import ClusterRunnerAPI
public import ClusterRunnerCore
public import ClusterRunnerFiles
public import ClusterRunnerHTTP

/// How a master works.
public struct MasterSettings: Sendable {
    /// Where it listens.
    public var endpoint: HTTPService.Endpoint
    /// The name under which slaves and users reach it.
    public var hostname: String
    /// Where it keeps results, workspaces and mirrors.
    public var baseDirectory: String
    /// The version it reports.
    public var version: String
    /// What v1 reports as the status of a build.
    public var v1BuildStatus: BuildRepresentation.Status
    /// Whether reads need a login or a signature, too.
    public var authenticateReads: Bool
    /// Whether every change must be signed.
    public var requireSignature: Bool
    /// Whether a digest is enough for scripts of ClusterRunner 1.x to shut slaves down.
    public var legacyClients: Bool
    /// The web origins whose scripts may read answers.
    public var corsOrigins: OriginPattern?
    /// The limits of scheduling.
    public var policy: ClusterPolicy
    /// How long builds are kept.
    public var retention: Retention
    /// What it refuses for now.
    public var limits: AdmissionLimits
    /// The limits of atomizers.
    public var atomizers: AtomizerLimits
    /// How many connections it accepts at a time.
    public var connections: Int
    /// The settings for projects that come from git.
    public var git: GitSettings
    /// `get_project_from_master`.
    public var getProjectFromMaster: Bool
    /// The place that gets each event as a line of JSON; nil is none.
    public var eventLog: EventLogPlace?
    /// The account under which the commands of jobs run; nil is the service's own.
    public var jobUser: JobUser?
    /// The environment that atomizers inherit, without the service's own variables.
    public var inheritedEnvironment: [ByteString: ByteString]

    /// Creates settings with the defaults of a configuration file.
    public init(
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
    public var exposure: String? {
        guard endpoint.tls == nil, !endpoint.isLoopback, !requireSignature else { return nil }
        return "The master listens on \(endpoint.host) without TLS and takes requests by their digest alone. "
            + "Anybody who listens in the network can read everything, and repeat a request to build. "
            + "Set https_cert_file and https_key_file, or require_signature = True (docs/how-to/secure-a-cluster.md)."
    }
}

/// The replaceable parts that a master works with.
public struct MasterParts: Sendable {
    /// Keeps builds.
    public let store: any BuildStore
    /// Runs atomizers.
    public let runner: any CommandRunner
    /// Packs and unpacks results.
    public let archiver: any Archiver
    /// Downloads remote files.
    public let downloader: any FileDownloader
    /// The project types.
    public let projectTypes: ProjectTypeRegistry
    /// Holds the secret.
    public let authenticator: MessageAuthenticator
    /// Tells the time.
    public let timekeeper: Timekeeper

    /// Collects the parts.
    public init(
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
