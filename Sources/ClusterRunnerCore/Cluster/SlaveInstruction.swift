/// What the master tells a slave to do.
public enum SlaveInstruction: Sendable, Equatable {
    /// Fetch the project, run the job's setup, and report.
    case setUp(BuildSetup)
    /// Run these subjobs of the build that is set up.
    case run([Assignment])
    /// Give back which of these atoms no executor has begun, and say which those are.
    case giveBack(build: Int, [HandOutPart])
    /// Stop these atoms, which have their result from another slave.
    case stop(build: Int, [HandOutPart])
    /// The build needs the slave no more: finish nothing new, run its teardown, and report.
    case tearDown(build: Int)
    /// Kill whatever runs for the build, then as for ``tearDown(build:)``.
    case cancel(build: Int)
    /// Kill the teardown of the build, if it runs.
    case endTeardown(build: Int)
    /// Finish what runs, tear down, and exit.
    case shutDown
}

/// Everything a slave needs to take part in a build.
public struct BuildSetup: Sendable, Equatable, Codable {
    /// The build.
    public let build: Int
    /// The project type's name.
    public let projectType: String
    /// The parameters for the slave's instance of it.
    public let parameters: ProjectParameters
    /// The files to download into the workspace.
    public let remoteFiles: [RemoteFile]
    /// The job.
    public let job: Job
    /// How many executors of the slave the build uses.
    public let executors: Int
    /// `BUILD_EXECUTOR_INDEX` of the first of them.
    public let firstExecutorIndex: Int

    /// Creates a setup.
    public init(
        build: Int,
        projectType: String,
        parameters: ProjectParameters,
        remoteFiles: [RemoteFile],
        job: Job,
        executors: Int,
        firstExecutorIndex: Int
    ) {
        self.build = build
        self.projectType = projectType
        self.parameters = parameters
        self.remoteFiles = remoteFiles
        self.job = job
        self.executors = executors
        self.firstExecutorIndex = firstExecutorIndex
    }
}

/// One of the `remote_files` of a build.
public struct RemoteFile: Sendable, Equatable, Codable {
    /// Where it comes from.
    public let uri: String
    /// Its path inside the workspace.
    public let name: ByteString

    /// Creates a remote file.
    public init(uri: String, name: ByteString) {
        self.uri = uri
        self.name = name
    }
}
