package import ClusterRunnerJobFile
package import ClusterRunnerPlugin

/// The stored state of a build, without its subjobs and atoms.
package struct BuildRecord: Sendable, Equatable {
    /// The build's number, from 1; never reused.
    package let id: BuildID
    /// The `type` of the request.
    package let projectType: String
    /// The parameters of the request, validated.
    package let parameters: ProjectParameters
    /// The user and machine of the request as the client told them; nil when it did not.
    package let requester: String?
    /// The project; nil until known.
    package var projectID: String?
    /// The job it runs; nil until known.
    package var jobName: String?
    /// The job itself; nil until the project's job file was read.
    package var job: Job?
    /// The parameters from which slaves create the project; nil before the fetch.
    package var slaveParameters: ProjectParameters?
    /// Sentences about the project for the users of the build.
    package var notes: [String]
    /// Number of `BUILD_EXECUTOR_INDEX` values given to slaves.
    package var executorsGiven: Int
    /// Its state.
    package var state: BuildState
    /// Its result; nil before the end.
    package var result: BuildResult?
    /// The reason of an error, or another message for the users of the build.
    package var errorMessage: String?
    /// The times at which it entered each state, in seconds since 1970.
    package var timestamps: [BuildState: Double]
    /// Its progress in subjobs and atoms.
    package var progress: BuildProgress

    /// Creates a record.
    package init(
        id: BuildID,
        projectType: String,
        parameters: ProjectParameters,
        requester: String? = nil,
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
        self.requester = requester
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

/// The progress of a build in numbers.
package struct BuildProgress: Sendable, Equatable, Codable {
    /// Number of subjobs; nil until the build is prepared.
    package var subjobs: Int?
    /// Number of atoms; nil until the build is prepared.
    package var atoms: Int?
    /// Number of complete subjobs.
    package var completedSubjobs: Int
    /// Number of atoms with a final result.
    package var completedAtoms: Int
    /// Number of failed atoms among those.
    package var failedAtoms: Int
    /// Number of atoms that passed after a failure.
    package var flakyAtoms: Int
    /// Number of atoms that were canceled before they began.
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
