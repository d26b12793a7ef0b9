package import ClusterRunnerJobFile
package import ClusterRunnerPlugin

/// The result of a build's preparation.
package struct BuildPlan: Sendable {
    /// The project that the build is for.
    package let projectID: String
    /// The job.
    package let job: Job
    /// The parameters from which slaves create the project.
    package let slaveParameters: ProjectParameters
    /// The subjobs, in the order in which to grant them.
    package let subjobs: [PlannedSubjob]
    /// Sentences about the project for the users of the build, see ``FetchedProject/notes``.
    package let notes: [String]

    /// Creates a plan.
    package init(
        projectID: String,
        job: Job,
        slaveParameters: ProjectParameters,
        subjobs: [PlannedSubjob],
        notes: [String] = []
    ) {
        self.projectID = projectID
        self.job = job
        self.slaveParameters = slaveParameters
        self.subjobs = subjobs
        self.notes = notes
    }
}
