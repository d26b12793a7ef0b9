package import ClusterRunnerDomain
import ClusterRunnerJobFile
package import ClusterRunnerPlugin

/// A build, as answers show it.
package struct BuildRepresentation: Codable, Sendable, Equatable {
    /// The build's number.
    package let id: BuildID
    /// The state in the words of the answer's version; ``state`` has the same meaning everywhere.
    package let status: String
    /// The state in the life cycle; v2 has it as `status`.
    @Versioned package var state: BuildState
    /// The result; nil until the end.
    package let result: BuildResult?
    /// The progress in words; nil until the subjobs are known.
    package let details: String?
    /// The number of subjobs; nil until they are known.
    package let subjobs: Int?
    /// The number of atoms; nil until they are known.
    package let atoms: Int?
    /// The number of test cases that its atoms have reported.
    package let cases: Int
    /// The number of those that failed.
    package let failedCases: Int
    /// The number of those that passed only after they had failed.
    package let flakyCases: Int
    /// The number of those that did not run.
    package let skippedCases: Int
    private let failed: [AtomRepresentation]?
    private let flaky: [AtomRepresentation]?
    /// The progress in numbers.
    package let progress: ProgressRepresentation
    /// The reason why it does not go on, in words.
    package let waitingFor: String?
    /// The path of the archive; nil until the end.
    package let artifacts: String?
    /// The reason of its error.
    package let errorMessage: String?
    /// Sentences about the project that people must know.
    package let notes: [String]
    /// The request, without credentials.
    package let requestParameters: [String: JSONValue]
    /// The times at which it entered each state.
    package let timestamps: StateTimestamps
    /// The job; nil until it is known.
    package let jobName: String?
    /// The variables of the job's atoms, if there are several.
    @Omissible package var atomVariables: [String]?
    /// The project; nil until it is known.
    package let project: String?
    /// The branch of the request; nil without one.
    package let branch: String?
    /// The commit; nil until it is fetched, and for projects without commits.
    package let commit: String?
    /// The user and machine of the request as the client told them; nil when it did not.
    package let requester: String?
    /// The atoms that have run longest, at most ``AtomInProgress/limit``, longest first.
    package let running: [RunningAtomRepresentation]

    private enum CodingKeys: String, CodingKey {
        case artifacts, branch, commit, details
        case atomVariables = "atom_variables"
        case errorMessage = "error_message"
        case failed = "failed_atoms"
        case failedCases = "failed_cases"
        case flaky = "flaky_atoms"
        case flakyCases = "flaky_cases"
        case id
        case jobName = "job_name"
        case notes
        case atoms = "num_atoms"
        case cases = "num_cases"
        case subjobs = "num_subjobs"
        case progress, project, requester
        case requestParameters = "request_params"
        case result
        case running = "running_atoms"
        case skippedCases = "skipped_cases"
        case state
        case timestamps = "state_timestamps"
        case status
        case waitingFor = "waiting_for"
    }

    /// The atoms that failed, once it has ended.
    package var failedAtoms: [AtomRepresentation] { failed ?? [] }

    /// The atoms that passed only after they had failed, once it has ended.
    package var flakyAtoms: [AtomRepresentation] { flaky ?? [] }

    /// The project type.
    package var type: String? { requestParameters["type"]?.string }
}

// MARK: Forms

extension BuildRepresentation {
    /// What v1 reports as `status`.
    package enum Status: String, Sendable, CaseIterable {
        /// `BUILDING`, `SUCCESS` or `FAILURE`, as documented for the API.
        case documented
        /// The values of ClusterRunner 1.x: `QUEUED` until work is handed out, then `BUILDING`, `FINISHED`, `ERROR` or
        /// `CANCELED`; the result of a build in `ERROR` is null.
        case legacy
    }

    /// The choice of words for a build's state.
    package struct Form: Sendable {
        private let version: APIVersion
        private let v1Status: Status

        /// Creates a form.
        package init(version: APIVersion, v1Status: Status) {
            self.version = version
            self.v1Status = v1Status
        }

        fileprivate var hasState: Bool { version == .v1 }

        fileprivate func status(of build: BuildRecord) -> String {
            guard version == .v1 else { return build.state.rawValue }
            switch v1Status {
            case .legacy:
                let isPreparing = build.state == .preparing || build.state == .prepared
                return (isPreparing ? .queued : build.state).rawValue
            case .documented:
                guard build.state.isFinal else { return "BUILDING" }
                return build.result == .noFailures ? "SUCCESS" : "FAILURE"
            }
        }

        fileprivate func result(of build: BuildRecord) -> BuildResult? {
            version == .v1 && v1Status == .legacy && build.state == .error ? nil : build.result
        }
    }
}

// MARK: Records

extension BuildRepresentation {
    /// Shows a build.
    ///
    /// `cases` are the numbers of its test cases so far; `failedAtoms` and `flakyAtoms` are those atoms of it once it has
    /// ended; until then, `waitingFor` is what it waits
    /// for, `running` are the atoms that run, and `outlook` is what else is known.
    package init(
        _ build: BuildRecord,
        _ form: Form,
        cases: CaseCounts = CaseCounts(),
        failedAtoms: [AtomRecord],
        flakyAtoms: [AtomRecord] = [],
        waitingFor: String? = nil,
        outlook: BuildOutlook? = nil,
        running: [AtomInProgress] = []
    ) {
        let isFinal = build.state.isFinal
        id = build.id
        status = form.status(of: build)
        _state = Versioned(build.state, isWritten: form.hasState)
        result = form.result(of: build)
        details = Self.details(of: build)
        subjobs = build.progress.subjobs ?? (isFinal ? 0 : nil)
        atoms = build.progress.atoms ?? (isFinal ? 0 : nil)
        self.cases = cases.total
        failedCases = cases.failed
        flakyCases = cases.flaky
        skippedCases = cases.skipped
        failed = isFinal ? failedAtoms.map { AtomRepresentation($0) } : nil
        flaky = isFinal ? flakyAtoms.map { AtomRepresentation($0) } : nil
        progress = ProgressRepresentation(build, outlook)
        self.waitingFor = waitingFor
        artifacts = isFinal ? APIPath.artifacts(build: build.id, format: "tar.gz") : nil
        errorMessage = build.errorMessage.map { Credentials.masked(in: $0) }
        notes = build.notes
        requestParameters = Self.requestParameters(of: build)
        timestamps = StateTimestamps(build.timestamps)
        jobName = build.jobName
        project = build.projectID.map { Credentials.masked(in: $0) }
        branch = build.parameters.values["branch"]?.string
        commit = build.slaveParameters?.values["hash"]?.string
        requester = build.requester
        self.running = running.map { RunningAtomRepresentation($0) }
        _atomVariables = Omissible(wrappedValue: Self.variables(of: build))
    }

    private static func variables(of build: BuildRecord) -> [String]? {
        let names = Set(build.job?.atomizers.map(\.variable) ?? []).sorted()
        return names.count > 1 ? names : nil
    }

    private static func details(of build: BuildRecord) -> String? {
        guard let total = build.progress.subjobs ?? (build.state.isFinal ? 0 : nil) else { return nil }
        let done = build.progress.completedSubjobs
        // Tenths of a percent, rounded half up, without a formatter, which would use the locale.
        let tenths = total == 0 ? 0 : (done * 2000 + total) / (2 * total)
        return "\(done) of \(total) subjobs are complete (\(tenths / 10).\(tenths % 10)%).\(unrun(in: build))"
    }

    /// Describes the atoms that never ran, for a build that `fail_fast` has ended or is about to end.
    private static func unrun(in build: BuildRecord) -> String {
        let count = build.progress.unrunAtoms
        guard count > 0, build.state == .finished || build.state == .building else { return "" }
        return count == 1
            ? " 1 atom never ran, because of fail_fast." : " \(count) atoms never ran, because of fail_fast."
    }

    /// What was asked for, without credentials: everybody may read a build.
    package static func requestParameters(of build: BuildRecord) -> [String: JSONValue] {
        build.parameters.values.mapValues(\.withoutCredentials).merging(["type": .string(build.projectType)]) { $1 }
    }
}
