package import ClusterRunnerJobFile
package import ClusterRunnerPlugin

/// What the master tells a slave to do.
package enum SlaveInstruction: Sendable, Equatable {
    /// Fetch the project, run the job's setup, and report.
    case setUp(BuildSetup)
    /// Run these subjobs of the build that is set up.
    case run([LeaseGrant])
    /// Give back which of these atoms no executor has begun, and say which those are.
    case giveBack(build: Int, [LeaseAtoms])
    /// Stop these atoms, which have their result from another slave.
    case stop(build: Int, [LeaseAtoms])
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
package struct BuildSetup: Sendable, Equatable, Codable {
    /// The build.
    package let build: Int
    /// The project type's name.
    package let projectType: String
    /// The parameters for the slave's instance of it.
    package let parameters: ProjectParameters
    /// The files to download into the workspace.
    package let remoteFiles: [RemoteFile]
    /// The job.
    package let job: Job
    /// How many executors of the slave the build uses.
    package let executors: Int
    /// `BUILD_EXECUTOR_INDEX` of the first of them.
    package let firstExecutorIndex: Int

    /// Creates a setup.
    package init(
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
