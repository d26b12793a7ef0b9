public import Logging

/// What a machine offers to the projects it fetches.
public struct ProjectContext: Sendable {
    /// A directory of the machine where a project type keeps what outlives a build, such as mirrors.
    ///
    /// Exists; each type uses the sub-directory of its own name.
    public let storageDirectory: String
    /// The role this machine plays for the build.
    public let role: Role
    /// The configuration's settings for projects that come from git.
    public let git: GitSettings
    /// `get_project_from_master` of the configuration: slaves get the project from the master.
    public let getProjectFromMaster: Bool
    /// The account that the commands of jobs run under; nil where that is the service's own.
    ///
    /// What a project type fetches into a workspace is handed over to it, except by types that
    /// ``ProjectType/reusesWorkspaces``: they make their files as that user.
    public let jobUser: JobUser?
    /// Where to log.
    public let logger: Logger

    /// The role a machine plays for a build.
    public enum Role: Sendable {
        /// It fetches the project, lists the atoms, and answers the slaves' requests for the project.
        case master
        /// It gets the parameters that ``ProjectType/fetch(into:)`` returned on the master, and may ask the master.
        case slave(master: any ProjectSource)
    }

    /// Creates a context.
    public init(
        storageDirectory: String,
        role: Role,
        git: GitSettings = GitSettings(),
        getProjectFromMaster: Bool = true,
        jobUser: JobUser? = nil,
        logger: Logger
    ) {
        self.storageDirectory = storageDirectory
        self.role = role
        self.git = git
        self.getProjectFromMaster = getProjectFromMaster
        self.jobUser = jobUser
        self.logger = logger
    }
}

/// A slave's line to the same build's project on the master.
///
/// Bytes in, bytes out: what they mean is between the two sides of a project type. The connection is authenticated.
public protocol ProjectSource: Sendable {
    /// Sends a request to ``ProjectType/export(_:)`` on the master and streams its answer.
    func request(_ body: [UInt8]) async throws -> AsyncThrowingStream<[UInt8], any Error>
}
