package import ClusterRunnerJobFile
package import ClusterRunnerPlugin

/// What the preparation of a build found out.
package struct BuildPlan: Sendable {
    /// Which project it builds.
    package let projectID: String
    /// The job.
    package let job: Job
    /// The parameters with which slaves make the project.
    package let slaveParameters: ProjectParameters
    /// The work, in the order in which it should be handed out.
    package let subjobs: [PlannedSubjob]
    /// What people must know of the project, see ``FetchedProject/notes``.
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
