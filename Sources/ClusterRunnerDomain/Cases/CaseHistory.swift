/// A test case with its runs in the builds of its job.
package struct CaseHistory: Sendable, Equatable {
    /// The number of the case in all builds of its job.
    package let id: CaseID
    /// The job.
    package let job: JobName
    /// The name.
    package let name: String
    /// The class; nil without one.
    package let className: String?
    /// The file; nil without one.
    package let file: String?
    /// Its runs, the newest build first.
    package let runs: [CaseRun]

    /// Creates a history.
    package init(id: CaseID, job: JobName, name: String, className: String?, file: String?, runs: [CaseRun]) {
        self.id = id
        self.job = job
        self.name = name
        self.className = className
        self.file = file
        self.runs = runs
    }
}

/// The run of a test case in one build.
package struct CaseRun: Sendable, Equatable {
    /// The build, which may have been removed.
    package let build: BuildID
    /// The subjob.
    package let subjob: SubjobID
    /// The atom's number in the subjob.
    package let atom: AtomIndex
    /// The outcome; the one that needs most attention where a build has several cases of the name.
    package let outcome: CaseOutcome
    /// The seconds; nil when the report had none.
    package let seconds: Double?
    /// The slave.
    package let slave: SlaveID
    /// The commit; nil for projects without commits.
    package let commit: String?
    /// The time of the build's first report, in seconds since 1970.
    package let reportedAt: Double
    /// Whether most cases of the build failed, so that it says nothing about this one.
    package let isOfBrokenBuild: Bool
    /// Whether the build still exists.
    package let isKept: Bool

    /// Creates a run.
    package init(
        build: BuildID,
        subjob: SubjobID,
        atom: AtomIndex,
        outcome: CaseOutcome,
        seconds: Double?,
        slave: SlaveID,
        commit: String?,
        reportedAt: Double,
        isOfBrokenBuild: Bool,
        isKept: Bool
    ) {
        self.build = build
        self.subjob = subjob
        self.atom = atom
        self.outcome = outcome
        self.seconds = seconds
        self.slave = slave
        self.commit = commit
        self.reportedAt = reportedAt
        self.isOfBrokenBuild = isOfBrokenBuild
        self.isKept = isKept
    }
}

/// The figures of a test case over the newest builds of its job.
///
/// Builds in which most cases failed do not count.
package struct CaseFigures: Sendable, Equatable {
    /// The number of the case in all builds of the job.
    package let id: CaseID
    /// The name.
    package let name: String
    /// The class; nil without one.
    package let className: String?
    /// The file; nil without one.
    package let file: String?
    /// Number of builds in which it ran.
    package let runs: Int
    /// Number of those in which it failed.
    package let failed: Int
    /// Number of times that it was flaky: it passed after a failure in one build, or failed and passed at one commit.
    package let flaky: Int
    /// The mean of its seconds.
    package let mean: Double
    /// The mean of its seconds in the newer half of the builds; nil when there are too few to compare.
    package let newerMean: Double?
    /// The mean of its seconds in the older half; nil when there are too few to compare.
    package let olderMean: Double?

    /// Creates figures.
    package init(
        id: CaseID,
        name: String,
        className: String?,
        file: String?,
        runs: Int,
        failed: Int,
        flaky: Int,
        mean: Double,
        newerMean: Double?,
        olderMean: Double?
    ) {
        self.id = id
        self.name = name
        self.className = className
        self.file = file
        self.runs = runs
        self.failed = failed
        self.flaky = flaky
        self.mean = mean
        self.newerMean = newerMean
        self.olderMean = olderMean
    }
}

/// The test cases of a job that deserve a look, over its newest builds.
package struct JobCases: Sendable, Equatable {
    /// Number of builds in which cases were counted.
    package var countedBuilds: Int
    /// The longest, the longest first.
    package var slowest: [CaseFigures]
    /// The flakiest, the flakiest first.
    package var flakiest: [CaseFigures]
    /// Those that take notably longer than before, the largest difference first.
    package var slower: [CaseFigures]

    /// Creates a summary.
    package init(
        countedBuilds: Int = 0,
        slowest: [CaseFigures] = [],
        flakiest: [CaseFigures] = [],
        slower: [CaseFigures] = []
    ) {
        self.countedBuilds = countedBuilds
        self.slowest = slowest
        self.flakiest = flakiest
        self.slower = slower
    }
}
