package import ClusterRunnerJobFile

/// A job of a project.
package struct JobName: Sendable, Hashable {
    /// The id of the project.
    package let project: String
    /// The name of the job.
    package let job: String

    /// Names a job.
    package init(project: String, job: String) {
        self.project = project
        self.job = job
    }
}

/// A job and its builds at a glance.
package struct JobSummary: Sendable, Equatable {
    /// Which job.
    package let name: JobName
    /// How many builds of it are kept.
    package let builds: Int
    /// The newest of them.
    package let newest: BuildRecord

    /// Creates a summary.
    package init(name: JobName, builds: Int, newest: BuildRecord) {
        self.name = name
        self.builds = builds
        self.newest = newest
    }
}

/// The last builds of a job, and how its atoms did in them.
package struct JobHistory: Sendable, Equatable {
    /// The builds that have ended, newest first.
    package let builds: [BuildRecord]
    /// How many of them, from the newest on, the atoms are counted in.
    package let countedBuilds: Int
    /// The atoms with the longest mean time, longest first.
    package let slowest: [AtomHistory]
    /// The atoms that now pass and now fail, worst first.
    package let flakiest: [AtomHistory]

    /// In how many atoms of builds those of a history are counted at the most, beyond the newest build.
    package static let atomBudget = 200_000

    /// Creates a history.
    package init(builds: [BuildRecord], countedBuilds: Int, slowest: [AtomHistory], flakiest: [AtomHistory]) {
        self.builds = builds
        self.countedBuilds = countedBuilds
        self.slowest = slowest
        self.flakiest = flakiest
    }
}

/// How an atom did in several builds.
package struct AtomHistory: Sendable, Equatable {
    /// Which atom.
    package let atom: Atom
    /// In how many builds it has a result.
    package let runs: Int
    /// In how many of those it failed.
    package let failed: Int
    /// In how many it passed only after it had failed.
    package let flaky: Int
    /// How long it took on average, in seconds.
    package let mean: Double
    /// How long it took in the newest of them.
    package let latest: Double
    /// The newest of the builds.
    package let build: Int
    /// Its subjob there.
    package let subjob: Int
    /// Its number in that subjob.
    package let id: Int

    /// Creates a history.
    package init(
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
    package var duration: Double? {
        guard let end = timestamps[.finished] ?? timestamps[.error] ?? timestamps[.canceled],
            let start = timestamps[.preparing] ?? timestamps[.queued]
        else { return nil }
        return max(0, end - start)
    }
}
