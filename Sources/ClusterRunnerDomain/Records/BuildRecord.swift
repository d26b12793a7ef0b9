package import ClusterRunnerJobFile
package import ClusterRunnerPlugin

/// What is kept of a build itself, without its subjobs and atoms.
package struct BuildRecord: Sendable, Equatable {
    /// The build's number: from 1 on, never used twice.
    package let id: Int
    /// The `type` of the request.
    package let projectType: String
    /// The parameters of the request, validated.
    package let parameters: ProjectParameters
    /// Which project it builds; nil until known.
    package var projectID: String?
    /// The job it runs; nil until known.
    package var jobName: String?
    /// The job itself; nil until the project's job file was read.
    package var job: Job?
    /// The parameters with which slaves make the project; nil until it was fetched.
    package var slaveParameters: ProjectParameters?
    /// Sentences about the project that people must know.
    package var notes: [String]
    /// How many values of `BUILD_EXECUTOR_INDEX` were given to slaves.
    package var executorsGiven: Int
    /// Where it stands.
    package var state: BuildState
    /// How it ended; nil until then.
    package var result: BuildResult?
    /// Why it is in error, or what else a person must know.
    package var errorMessage: String?
    /// When it entered each state, in seconds since 1970.
    package var timestamps: [BuildState: Double]
    /// How many atoms and subjobs it has and how far they are.
    package var progress: BuildProgress

    /// Creates a record.
    package init(
        id: Int,
        projectType: String,
        parameters: ProjectParameters,
        projectID: String? = nil,
        jobName: String? = nil,
        job: Job? = nil,
        slaveParameters: ProjectParameters? = nil,
        notes: [String] = [],
        executorsGiven: Int = 0,
        state: BuildState = .queued,
        result: BuildResult? = nil,
        errorMessage: String? = nil,
        timestamps: [BuildState: Double] = [:],
        progress: BuildProgress = BuildProgress()
    ) {
        self.id = id
        self.projectType = projectType
        self.parameters = parameters
        self.projectID = projectID
        self.jobName = jobName
        self.job = job
        self.slaveParameters = slaveParameters
        self.notes = notes
        self.executorsGiven = executorsGiven
        self.state = state
        self.result = result
        self.errorMessage = errorMessage
        self.timestamps = timestamps
        self.progress = progress
    }
}

/// How far a build is, in numbers.
package struct BuildProgress: Sendable, Equatable, Codable {
    /// How many subjobs it has; nil until it is prepared.
    package var subjobs: Int?
    /// How many atoms it has; nil until it is prepared.
    package var atoms: Int?
    /// How many subjobs are complete.
    package var completedSubjobs: Int
    /// How many atoms have their final result.
    package var completedAtoms: Int
    /// How many of those failed.
    package var failedAtoms: Int
    /// How many passed only after they had failed.
    package var flakyAtoms: Int
    /// How many were given up before they began.
    package var unrunAtoms: Int

    /// Creates progress.
    package init(
        subjobs: Int? = nil,
        atoms: Int? = nil,
        completedSubjobs: Int = 0,
        completedAtoms: Int = 0,
        failedAtoms: Int = 0,
        flakyAtoms: Int = 0,
        unrunAtoms: Int = 0
    ) {
        self.subjobs = subjobs
        self.atoms = atoms
        self.completedSubjobs = completedSubjobs
        self.completedAtoms = completedAtoms
        self.failedAtoms = failedAtoms
        self.flakyAtoms = flakyAtoms
        self.unrunAtoms = unrunAtoms
    }
}
