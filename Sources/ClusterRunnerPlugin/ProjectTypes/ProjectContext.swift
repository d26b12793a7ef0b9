public import Logging

/// The facilities that a machine offers to its projects.
public struct ProjectContext: Sendable {
    /// A directory of the machine for data that outlives a build, such as mirrors.
    ///
    /// It exists; each type uses the sub-directory of its own name.
    public let storageDirectory: String
    /// The role of this machine in the build.
    public let role: Role
    /// The configuration's settings for projects that come from git.
    package let git: GitSettings
    /// `get_project_from_master` of the configuration: whether slaves get the project from the master.
    public let getProjectFromMaster: Bool
    /// The account that the commands of jobs run under; nil if that is the service's own.
    ///
    /// A workspace is handed over to it after the fetch, except by types that ``ProjectType/reusesWorkspaces``: they
    /// create their files as that user.
    public let jobUser: JobUser?
    /// The workspace of the build, where it is known before ``ProjectType/fetch(into:)``: on the master, for types that do
    /// not ``ProjectType/reusesWorkspaces``.
    ///
    /// ``ProjectType/resume(with:)`` finds there what the fetch left.
    public let workspace: String?
    /// The path of a file for the output of programs that ``ProjectType/fetch(into:)`` runs; nil where nobody reads it.
    ///
    /// It is shown with the build's set-up while it grows.
    public let transcript: String?
    /// The machine's ways to download and to unpack archives; nil where it has none.
    public let archives: (any ProjectArchives)?
    /// The logger for the project type.
    public let logger: Logger

    /// The role of a machine in a build.
    public enum Role: Sendable {
        /// The machine fetches the project, lists the atoms, and answers the slaves' requests for the project.
        case master
        /// The machine gets the parameters that ``ProjectType/fetch(into:)`` returned on the master, and may ask the
        /// master.
        case slave(master: any ProjectSource)
    }

    /// Creates a context, such as that of a test.
    public init(
        storageDirectory: String,
        role: Role,
        getProjectFromMaster: Bool = true,
        jobUser: JobUser? = nil,
        workspace: String? = nil,
        transcript: String? = nil,
        archives: (any ProjectArchives)? = nil,
        logger: Logger
    ) {
        self.init(
            storageDirectory: storageDirectory,
            role: role,
            git: GitSettings(),
            getProjectFromMaster: getProjectFromMaster,
            jobUser: jobUser,
            workspace: workspace,
            transcript: transcript,
            archives: archives,
            logger: logger
        )
    }

    /// Creates a context with settings for git.
    package init(
        storageDirectory: String,
        role: Role,
        git: GitSettings,
        getProjectFromMaster: Bool = true,
        jobUser: JobUser? = nil,
        workspace: String? = nil,
        transcript: String? = nil,
        archives: (any ProjectArchives)? = nil,
        logger: Logger
    ) {
        self.storageDirectory = storageDirectory
        self.role = role
        self.git = git
        self.getProjectFromMaster = getProjectFromMaster
        self.jobUser = jobUser
        self.workspace = workspace
        self.transcript = transcript
        self.archives = archives
        self.logger = logger
    }
}

/// A slave's connection to the same build's project on the master.
///
/// Bytes in, bytes out: only the two sides of a project type interpret them. The connection is authenticated.
public protocol ProjectSource: Sendable {
    /// Sends a request to ``ProjectType/export(_:)`` on the master and streams its answer.
    func request(_ body: [UInt8]) async throws -> AsyncThrowingStream<[UInt8], any Error>
}
