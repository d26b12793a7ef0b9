/// What the preparation of a build found out.
public struct BuildPlan: Sendable {
    /// Which project it builds.
    public let projectID: String
    /// The job.
    public let job: Job
    /// The parameters with which slaves make the project.
    public let slaveParameters: ProjectParameters
    /// The work, in the order in which it should be handed out.
    public let subjobs: [PlannedSubjob]
    /// What people must know of the project, see ``FetchedProject/notes``.
    public let notes: [String]

    /// Creates a plan.
    public init(
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
