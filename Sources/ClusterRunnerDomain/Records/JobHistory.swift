package import ClusterRunnerJobFile

/// A job of a project.
package struct JobName: Sendable, Hashable {
    /// The id of the project.
    package let project: String
    /// The name of the job.
    package let job: String

    /// Creates a name.
    package init(project: String, job: String) {
        self.project = project
        self.job = job
    }
}

/// A summary of a job's builds.
package struct JobSummary: Sendable, Equatable {
    /// The job.
    package let name: JobName
    /// Number of its stored builds.
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

/// The last builds of a job, with the history of its atoms.
package struct JobHistory: Sendable, Equatable {
    /// The builds that have ended, newest first.
    package let builds: [BuildRecord]
    /// Number of builds, from the newest on, whose atoms are counted.
    package let countedBuilds: Int
    /// The atoms with the longest mean time, longest first.
    package let slowest: [AtomHistory]
    /// The atoms that sometimes pass and sometimes fail, worst first.
    package let flakiest: [AtomHistory]
    /// The lasting changes of atoms, from the newest ``comparable`` build back.
    package let changes: [AtomChange]

    /// Maximum number of atoms to count over the builds of a history; the newest build is always counted.
    package static let atomBudget = 200_000

    /// Creates a history.
    package init(
        builds: [BuildRecord],
        countedBuilds: Int,
        slowest: [AtomHistory],
        flakiest: [AtomHistory],
        changes: [AtomChange] = []
    ) {
        self.builds = builds
        self.countedBuilds = countedBuilds
        self.slowest = slowest
        self.flakiest = flakiest
        self.changes = changes
    }

    /// Returns the builds that can be compared with each other: those that ran to their end, with at least half of the
    /// usual number of atoms.
    ///
    /// Canceled builds, those that `fail_fast` cut short, and retries of failed atoms would look fast.
    package static func comparable(_ builds: [BuildRecord]) -> [BuildRecord] {
        let whole = builds.filter { build in
            build.state == .finished && build.progress.unrunAtoms == 0 && build.progress.atoms ?? 0 > 0
        }
        let counts = whole.compactMap(\.progress.atoms).sorted()
        guard !counts.isEmpty else { return [] }
        let usual = counts[counts.count / 2]
        return whole.filter { ($0.progress.atoms ?? 0) * 2 >= usual }
    }
}

/// The history of an atom in several builds.
package struct AtomHistory: Sendable, Equatable {
    /// The atom.
    package let atom: Atom
    /// Number of builds with a result of it.
    package let runs: Int
    /// Number of those builds in which it failed.
    package let failed: Int
    /// Number of those builds in which it passed after a failure.
    package let flaky: Int
    /// Its mean run time in seconds.
    package let mean: Double
    /// Its run time in the newest of the builds.
    package let latest: Double
    /// The newest of the builds.
    package let build: BuildID
    /// Its subjob there.
    package let subjob: SubjobID
    /// Its number in that subjob.
    package let id: AtomIndex

    /// Creates a history.
    package init(
        atom: Atom,
        runs: Int,
        failed: Int,
        flaky: Int,
        mean: Double,
        latest: Double,
        build: BuildID,
        subjob: SubjobID,
        id: AtomIndex
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
    /// Seconds of preparation and run, without the time in the queue; nil before its end.
    package var duration: Double? {
        guard let end = timestamps[.finished] ?? timestamps[.error] ?? timestamps[.canceled],
            let start = timestamps[.preparing] ?? timestamps[.queued]
        else { return nil }
        return max(0, end - start)
    }
}
