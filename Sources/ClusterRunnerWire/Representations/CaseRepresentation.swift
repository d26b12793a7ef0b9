package import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin

/// A test case of a build, as answers show it.
package struct CaseRepresentation: Codable, Sendable, Equatable {
    /// The number of the case, the same in all builds of its job.
    package let id: CaseID
    /// The name.
    package let name: String
    /// The class; nil when the report has none.
    package let className: String?
    /// The file; nil when the report has none.
    package let file: String?
    /// The outcome.
    package let outcome: CaseOutcome
    /// The seconds that it ran; nil when the report has none.
    package let seconds: Double?
    /// One line about a failure or the reason of a skipped case; nil when the report has none.
    package let message: String?
    /// The kind of a failure; nil when the report has none.
    package let type: String?
    /// The details of a failure; nil when the report has none.
    package let text: String?
    /// The failures of its runs that do not count, oldest first.
    package let otherFailures: [CaseFailure]
    /// The subjob of the atom that ran it.
    package let subjob: SubjobID
    /// The number of the atom in the subjob.
    package let atom: AtomIndex
    /// The value of the atom; its escaped form if it is not UTF-8.
    package let atomValue: String

    private enum CodingKeys: String, CodingKey {
        case atom = "atom_id"
        case atomValue = "atom_value"
        case className = "class_name"
        case file, id, message, name
        case otherFailures = "other_failures"
        case outcome
        case seconds = "time"
        case subjob = "subjob_id"
        case text, type
    }

    /// Shows a case.
    package init(_ record: CaseRecord) {
        let each = record.testCase
        id = record.id
        name = each.name
        className = each.className
        file = each.file
        outcome = each.outcome
        seconds = each.seconds
        message = each.failure?.message
        type = each.failure?.type
        text = each.failure?.text
        otherFailures = each.otherFailures
        subjob = record.subjobID
        atom = record.atomID
        atomValue = record.atom.value.escaped
    }
}

/// A test case with its runs, as answers show it.
package struct CaseHistoryRepresentation: Codable, Sendable, Equatable {
    /// The number of the case.
    package let id: CaseID
    /// The name.
    package let name: String
    /// The class; nil without one.
    package let className: String?
    /// The file; nil without one.
    package let file: String?
    /// The project.
    package let project: String
    /// The job.
    package let job: String
    /// Its runs, the newest build first.
    package let runs: [Run]

    private enum CodingKeys: String, CodingKey {
        case className = "class_name"
        case file, id, job, name, project, runs
    }

    /// Shows a case.
    package init(_ history: CaseHistory) {
        id = history.id
        name = history.name
        className = history.className
        file = history.file
        project = history.job.project
        job = history.job.job
        runs = history.runs.map { Run($0) }
    }

    /// The run of a case in a build.
    package struct Run: Codable, Sendable, Equatable {
        /// The build.
        package let build: BuildID
        /// Whether the build still exists.
        package let isKept: Bool
        /// The subjob of the atom that ran it.
        package let subjob: SubjobID
        /// The number of the atom in the subjob.
        package let atom: AtomIndex
        /// The outcome.
        package let outcome: CaseOutcome
        /// The seconds; nil when the report had none.
        package let seconds: Double?
        /// The slave.
        package let slave: SlaveID
        /// The commit; nil for projects without commits.
        package let commit: String?
        /// The time of the build's first report, in seconds since 1970.
        package let reportedAt: Double
        /// Whether the run counts for the figures of the case: not in a build in which most cases failed.
        package let counts: Bool

        private enum CodingKeys: String, CodingKey {
            case atom = "atom_id"
            case build = "build_id"
            case isKept = "build_exists"
            case commit, counts, outcome
            case reportedAt = "reported_at"
            case seconds = "time"
            case slave = "slave_id"
            case subjob = "subjob_id"
        }

        fileprivate init(_ run: CaseRun) {
            build = run.build
            isKept = run.isKept
            subjob = run.subjob
            atom = run.atom
            outcome = run.outcome
            seconds = run.seconds
            slave = run.slave
            commit = run.commit
            reportedAt = run.reportedAt
            counts = !run.isOfBrokenBuild
        }
    }
}

/// The test cases of a job that deserve a look, as answers show them.
package struct JobCasesRepresentation: Codable, Sendable, Equatable {
    /// The number of builds in which cases were counted.
    package let countedBuilds: Int
    /// The cases that take longest.
    package let slowest: [Figures]
    /// The cases that are flaky most often.
    package let flakiest: [Figures]
    /// The cases that take notably longer than before.
    package let slower: [Figures]

    private enum CodingKeys: String, CodingKey {
        case countedBuilds = "counted_builds"
        case flakiest, slower, slowest
    }

    /// Shows the cases of a job.
    package init(_ cases: JobCases) {
        countedBuilds = cases.countedBuilds
        slowest = cases.slowest.map { Figures($0) }
        flakiest = cases.flakiest.map { Figures($0) }
        slower = cases.slower.map { Figures($0) }
    }

    /// The figures of a case over the newest builds.
    package struct Figures: Codable, Sendable, Equatable {
        /// The number of the case.
        package let id: CaseID
        /// The name.
        package let name: String
        /// The class; nil without one.
        package let className: String?
        /// The file; nil without one.
        package let file: String?
        /// The number of builds in which it ran.
        package let runs: Int
        /// The number of those in which it failed.
        package let failed: Int
        /// The number of times that it failed and passed at one commit.
        package let flaky: Int
        /// The mean of its times, in seconds.
        package let mean: Double
        /// The mean in the newer half of the builds; nil when there are too few.
        package let newerMean: Double?
        /// The mean in the older half of the builds; nil when there are too few.
        package let olderMean: Double?

        private enum CodingKeys: String, CodingKey {
            case className = "class_name"
            case file, id
            case mean = "mean_time"
            case name
            case newerMean = "newer_mean_time"
            case failed = "num_failed"
            case flaky = "num_flaky"
            case runs = "num_runs"
            case olderMean = "older_mean_time"
        }

        fileprivate init(_ figures: CaseFigures) {
            id = figures.id
            name = figures.name
            className = figures.className
            file = figures.file
            runs = figures.runs
            failed = figures.failed
            flaky = figures.flaky
            mean = figures.mean
            newerMean = figures.newerMean
            olderMean = figures.olderMean
        }
    }
}
