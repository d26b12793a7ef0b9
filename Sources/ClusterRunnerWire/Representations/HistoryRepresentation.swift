package import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin

/// A job in a list of jobs.
package struct JobRepresentation: Codable, Sendable, Equatable {
    /// The project.
    package let project: String
    /// The job.
    package let job: String
    /// The number of its builds.
    package let builds: Int
    /// Its newest build.
    package let newestBuild: BuildID

    private enum CodingKeys: String, CodingKey {
        case job
        case newestBuild = "newest_build_id"
        case builds = "num_builds"
        case project
    }

    /// Shows a job.
    package init(_ summary: JobSummary) {
        project = summary.name.project
        job = summary.name.job
        builds = summary.builds
        newestBuild = summary.newest.id
    }
}

/// The history of a job, as answers show it.
package struct HistoryRepresentation: Codable, Sendable, Equatable {
    /// The newest builds.
    package let builds: [Build]
    /// The number of builds in which atoms were counted.
    package let countedBuilds: Int
    /// The atoms that take longest.
    package let slowest: [Atom]
    /// The atoms that pass only after they have failed most often.
    package let flakiest: [Atom]
    /// The test cases that deserve a look.
    package let cases: JobCasesRepresentation

    private enum CodingKeys: String, CodingKey {
        case builds, cases
        case countedBuilds = "counted_builds"
        case flakiest = "flakiest_atoms"
        case slowest = "slowest_atoms"
    }

    /// Shows the history of a job.
    package init(_ history: JobHistory, cases: JobCases) {
        self.cases = JobCasesRepresentation(cases)
        builds = history.builds.map { Build($0) }
        countedBuilds = history.countedBuilds
        slowest = history.slowest.map { Atom($0) }
        flakiest = history.flakiest.map { Atom($0) }
    }

    /// A build in a history.
    package struct Build: Codable, Sendable, Equatable {
        /// The build's number.
        package let id: BuildID
        /// The state.
        package let state: BuildState
        /// The result; nil until the end.
        package let result: BuildResult?
        /// The time of the request, in seconds since 1970.
        package let requestedAt: Double?
        /// The time of the end, in seconds since 1970.
        package let endedAt: Double?
        /// The seconds from its preparation to its end.
        package let duration: Double?
        /// The number of atoms; nil if they were never known.
        package let atoms: Int?
        /// The number of atoms that failed.
        package let failed: Int
        /// The number of atoms that passed only after they had failed.
        package let flaky: Int

        private enum CodingKeys: String, CodingKey {
            case duration
            case endedAt = "ended_at"
            case id
            case atoms = "num_atoms"
            case failed = "num_failed"
            case flaky = "num_flaky"
            case requestedAt = "requested_at"
            case result, state
        }

        fileprivate init(_ build: BuildRecord) {
            let times = build.timestamps
            id = build.id
            state = build.state
            result = build.result
            requestedAt = times[.queued]
            endedAt = times[.finished] ?? times[.error] ?? times[.canceled]
            duration = build.duration
            atoms = build.progress.atoms
            failed = build.progress.failedAtoms
            flaky = build.progress.flakyAtoms
        }
    }

    /// An atom over the builds of a job.
    package struct Atom: Codable, Sendable, Equatable {
        /// The variable.
        package let variable: String
        /// The value; an escaped form where its bytes are not UTF-8.
        package let value: String
        /// The bytes of such a value.
        @Omissible package var valueBase64: String?
        /// The number of builds in which it has a result.
        package let runs: Int
        /// The number of those in which it failed.
        package let failed: Int
        /// The number of those in which it passed only after it had failed.
        package let flaky: Int
        /// The mean of its times, in seconds.
        package let mean: Double
        /// The time of its newest run, in seconds.
        package let latest: Double
        /// The build of its newest run.
        package let build: BuildID
        /// The subjob of its newest run.
        package let subjob: SubjobID
        /// Its number in that subjob.
        package let atom: AtomIndex

        private enum CodingKeys: String, CodingKey {
            case atom = "atom_id"
            case build = "build_id"
            case mean = "mean_time"
            case latest = "newest_time"
            case failed = "num_failed"
            case flaky = "num_flaky"
            case runs = "num_runs"
            case subjob = "subjob_id"
            case value
            case valueBase64 = "value_base64"
            case variable
        }

        fileprivate init(_ history: AtomHistory) {
            variable = history.atom.variable
            value = history.atom.value.escaped
            _valueBase64 = Omissible(wrappedValue: history.atom.valueBase64)
            runs = history.runs
            failed = history.failed
            flaky = history.flaky
            mean = history.mean
            latest = history.latest
            build = history.build
            subjob = history.subjob
            atom = history.id
        }
    }
}
