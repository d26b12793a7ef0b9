package import ClusterRunnerClient
package import ClusterRunnerConcurrency
package import ClusterRunnerFiles
package import ClusterRunnerHTTP
package import ClusterRunnerPlugin
package import ClusterRunnerWire

/// The settings of a slave.
package struct SlaveSettings: Sendable {
    /// The address on which its own API listens.
    package var endpoint: HTTPService.Endpoint
    /// The name under which users reach it.
    package var hostname: String
    /// The name for people, which other slaves may have too; nil has none.
    package var name: String?
    /// The number of atoms that it runs at a time.
    package var executors: Int
    /// The directory of workspaces, pending artifacts, and mirrors.
    package var baseDirectory: String
    /// The reported version.
    package var version: String
    /// Whether reads of its own API need a signature.
    package var authenticateReads: Bool
    /// Whether every change through its own API must be signed.
    package var requireSignature: Bool
    /// Whether a digest is enough for scripts of ClusterRunner 1.x to end it.
    package var legacyClients: Bool
    /// The time between two heartbeats.
    package var heartbeatInterval: Duration
    /// The failed heartbeats in a row after which it gives up and exits.
    package var heartbeatFailureThreshold: Int
    /// The settings of git projects.
    package var git: GitSettings
    /// The setting `get_project_from_master`.
    package var getProjectFromMaster: Bool
    /// The maximum bytes of an atom's output; nil keeps all.
    package var maxConsoleBytes: Int?
    /// The time limit of `setup_build`, if its job has none.
    package var setupTimeout: Duration
    /// The time limit of `teardown_build`, if its job has none.
    package var teardownTimeout: Duration
    /// The place that gets the slave's own events as lines of JSON; nil writes no log.
    package var eventLog: EventLogPlace?
    /// The account that runs the commands of jobs; nil is the service's own.
    package var jobUser: JobUser?
    /// The environment that commands inherit, without the service's own variables.
    package var inheritedEnvironment: [ByteString: ByteString]

    /// Creates settings with the defaults of a configuration file.
    package init(
        endpoint: HTTPService.Endpoint,
        hostname: String,
        name: String? = nil,
        executors: Int,
        baseDirectory: String,
        version: String,
        authenticateReads: Bool = false,
        requireSignature: Bool = false,
        legacyClients: Bool = false,
        heartbeatInterval: Duration = .seconds(3),
        heartbeatFailureThreshold: Int = 200,
        git: GitSettings = GitSettings(),
        getProjectFromMaster: Bool = true,
        maxConsoleBytes: Int? = 64 << 20,
        setupTimeout: Duration = .seconds(3600),
        teardownTimeout: Duration = .seconds(600),
        eventLog: EventLogPlace? = nil,
        jobUser: JobUser? = nil,
        inheritedEnvironment: [ByteString: ByteString]
    ) {
        self.endpoint = endpoint
        self.hostname = hostname
        self.name = name
        self.executors = executors
        self.baseDirectory = baseDirectory
        self.version = version
        self.authenticateReads = authenticateReads
        self.requireSignature = requireSignature
        self.legacyClients = legacyClients
        self.heartbeatInterval = heartbeatInterval
        self.heartbeatFailureThreshold = heartbeatFailureThreshold
        self.git = git
        self.getProjectFromMaster = getProjectFromMaster
        self.maxConsoleBytes = maxConsoleBytes
        self.setupTimeout = setupTimeout
        self.teardownTimeout = teardownTimeout
        self.eventLog = eventLog
        self.jobUser = jobUser
        self.inheritedEnvironment = jobUser?.environment(from: inheritedEnvironment) ?? inheritedEnvironment
    }
}

/// The replaceable parts of a slave.
package struct SlaveParts: Sendable {
    /// The client of the master.
    package let client: SlaveClient
    /// The runner of commands.
    package let runner: any CommandRunner
    /// The archiver of artifacts.
    package let archiver: any Archiver
    /// The downloader of remote files.
    package let downloader: any FileDownloader
    /// The project types.
    package let projectTypes: ProjectTypeRegistry
    /// The holder of the secret.
    package let authenticator: MessageAuthenticator
    /// The clock.
    package let timekeeper: Timekeeper

    /// Collects the parts.
    package init(
        client: SlaveClient,
        runner: any CommandRunner,
        archiver: any Archiver,
        downloader: any FileDownloader,
        projectTypes: ProjectTypeRegistry,
        authenticator: MessageAuthenticator,
        timekeeper: Timekeeper
    ) {
        self.client = client
        self.runner = runner
        self.archiver = archiver
        self.downloader = downloader
        self.projectTypes = projectTypes
        self.authenticator = authenticator
        self.timekeeper = timekeeper
    }
}
