/// What is kept of a build itself, without its subjobs and atoms.
public struct BuildRecord: Sendable, Equatable {
    /// The build's number: from 1 on, never used twice.
    public let id: Int
    /// The `type` of the request.
    public let projectType: String
    /// The parameters of the request, validated.
    public let parameters: ProjectParameters
    /// Which project it builds; nil until known.
    public var projectID: String?
    /// The job it runs; nil until known.
    public var jobName: String?
    /// The job itself; nil until the project's job file was read.
    public var job: Job?
    /// The parameters with which slaves make the project; nil until it was fetched.
    public var slaveParameters: ProjectParameters?
    /// Sentences about the project that people must know.
    public var notes: [String]
    /// How many values of `BUILD_EXECUTOR_INDEX` were given to slaves.
    public var executorsGiven: Int
    /// Where it stands.
    public var state: BuildState
    /// How it ended; nil until then.
    public var result: BuildResult?
    /// Why it is in error, or what else a person must know.
    public var errorMessage: String?
    /// When it entered each state, in seconds since 1970.
    public var timestamps: [BuildState: Double]
    /// How many atoms and subjobs it has and how far they are.
    public var progress: BuildProgress

    /// Creates a record.
    public init(
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
public struct BuildProgress: Sendable, Equatable, Codable {
    /// How many subjobs it has; nil until it is prepared.
    public var subjobs: Int?
    /// How many atoms it has; nil until it is prepared.
    public var atoms: Int?
    /// How many subjobs are complete.
    public var completedSubjobs: Int
    /// How many atoms have their final result.
    public var completedAtoms: Int
    /// How many of those failed.
    public var failedAtoms: Int
    /// How many passed only after they had failed.
    public var flakyAtoms: Int
    /// How many were given up before they began.
    public var unrunAtoms: Int

    /// Creates progress.
    public init(
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
