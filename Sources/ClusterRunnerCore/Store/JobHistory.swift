/// A job of a project.
public struct JobName: Sendable, Hashable {
    /// The id of the project.
    public let project: String
    /// The name of the job.
    public let job: String

    /// Names a job.
    public init(project: String, job: String) {
        self.project = project
        self.job = job
    }
}

/// A job and its builds at a glance.
public struct JobSummary: Sendable, Equatable {
    /// Which job.
    public let name: JobName
    /// How many builds of it are kept.
    public let builds: Int
    /// The newest of them.
    public let newest: BuildRecord

    /// Creates a summary.
    public init(name: JobName, builds: Int, newest: BuildRecord) {
        self.name = name
        self.builds = builds
        self.newest = newest
    }
}

/// The last builds of a job, and how its atoms did in them.
public struct JobHistory: Sendable, Equatable {
    /// The builds that have ended, newest first.
    public let builds: [BuildRecord]
    /// How many of them, from the newest on, the atoms are counted in.
    public let countedBuilds: Int
    /// The atoms with the longest mean time, longest first.
    public let slowest: [AtomHistory]
    /// The atoms that now pass and now fail, worst first.
    public let flakiest: [AtomHistory]

    /// In how many atoms of builds those of a history are counted at the most, beyond the newest build.
    public static let atomBudget = 200_000

    /// Creates a history.
    public init(builds: [BuildRecord], countedBuilds: Int, slowest: [AtomHistory], flakiest: [AtomHistory]) {
        self.builds = builds
        self.countedBuilds = countedBuilds
        self.slowest = slowest
        self.flakiest = flakiest
    }
}

/// How an atom did in several builds.
public struct AtomHistory: Sendable, Equatable {
    /// Which atom.
    public let atom: Atom
    /// In how many builds it has a result.
    public let runs: Int
    /// In how many of those it failed.
    public let failed: Int
    /// In how many it passed only after it had failed.
    public let flaky: Int
    /// How long it took on average, in seconds.
    public let mean: Double
    /// How long it took in the newest of them.
    public let latest: Double
    /// The newest of the builds.
    public let build: Int
    /// Its subjob there.
    public let subjob: Int
    /// Its number in that subjob.
    public let id: Int

    /// Creates a history.
    public init(
        atom: Atom,
        runs: Int,
        failed: Int,
        flaky: Int,
        mean: Double,
        latest: Double,
        build: Int,
        subjob: Int,
        id: Int
    ) {
        self.atom = atom
        self.runs = runs
        self.failed = failed
        self.flaky = flaky
        self.mean = mean
        self.latest = latest
        self.build = build
        self.subjob = subjob
        self.id = id
    }
}

extension BuildRecord {
    /// How many seconds it took to prepare and run, without the time in the queue; nil until it has ended.
    public var duration: Double? {
        guard let end = timestamps[.finished] ?? timestamps[.error] ?? timestamps[.canceled],
            let start = timestamps[.preparing] ?? timestamps[.queued]
        else { return nil }
        return max(0, end - start)
    }
}
