package import ClusterRunnerJobFile
package import ClusterRunnerPlugin

/// An instruction of the master to a slave.
package enum SlaveInstruction: Sendable, Equatable {
    /// Fetch the project, run the job's setup, and report.
    case setUp(BuildSetup)
    /// Run these subjobs of the current build.
    case run([LeaseGrant])
    /// Give back those of these atoms that no executor has begun, and name them.
    case giveBack(build: BuildID, [LeaseAtoms])
    /// Stop these atoms; another slave has reported their results.
    case stop(build: BuildID, [LeaseAtoms])
    /// Begin no more atoms of the build, run its teardown, and report.
    case tearDown(build: BuildID)
    /// Kill all commands of the build, then continue as for ``tearDown(build:)``.
    case cancel(build: BuildID)
    /// Kill the teardown of the build, if it runs.
    case endTeardown(build: BuildID)
    /// Finish the running atoms, tear down, and exit.
    case shutDown
}

/// The data that a slave needs to set up a build.
package struct BuildSetup: Sendable, Equatable, Codable {
    /// The build.
    package let build: BuildID
    /// The project type's name.
    package let projectType: String
    /// The parameters for the slave's instance of it.
    package let parameters: ProjectParameters
    /// The files to download into the workspace.
    package let remoteFiles: [RemoteFile]
    /// The job.
    package let job: Job
    /// Number of executors of the slave that the build uses.
    package let executors: Int
    /// `BUILD_EXECUTOR_INDEX` of the first of these executors.
    package let firstExecutorIndex: Int
    /// The trace of the build, for the environment of its atoms; nil when traces are off.
    package let trace: TraceID?

    /// Creates a setup.
    package init(
        build: BuildID,
        projectType: String,
        parameters: ProjectParameters,
        remoteFiles: [RemoteFile],
        job: Job,
        executors: Int,
        firstExecutorIndex: Int,
        trace: TraceID? = nil
    ) {
        self.build = build
        self.projectType = projectType
        self.parameters = parameters
        self.remoteFiles = remoteFiles
        self.job = job
        self.executors = executors
        self.firstExecutorIndex = firstExecutorIndex
        self.trace = trace
    }
}
