package import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin

/// The jobs of the kept builds.
package struct JobsPage: Page {
    package static let template = Template.jobs
    package let title = "Jobs"
    package let section: Section? = .jobs
    package let feed: LiveFeed? = .everything
    let rows: [Row]
    let isEmpty: Bool

    /// The maximum number of listed jobs.
    package static let limit = 500

    /// A job with its newest build.
    struct Row: Sendable {
        let job: String
        let project: String
        let path: String
        let builds: String
        let newest: BuildID
        let newestPath: String
        let badge: Badge
        let duration: String?
        let queuedAt: TimeText?

        init(_ summary: JobSummary) {
            job = summary.name.job
            project = summary.name.project
            path = DashboardPath.job(project: project, name: job)
            builds = grouped(summary.builds)
            newest = summary.newest.id
            newestPath = DashboardPath.build(newest)
            badge = Badge(summary.newest)
            duration = summary.newest.duration.map(TimeText.duration)
            queuedAt = summary.newest.queuedAt.map(TimeText.init)
        }
    }

    /// Creates the page.
    package init(_ jobs: [JobSummary]) {
        rows = jobs.map(Row.init)
        isEmpty = rows.isEmpty
    }
}

/// The history of a job over its builds.
package struct HistoryPage: Page {
    package static let template = Template.history
    package let title: String
    package let section: Section? = .jobs
    package let feed: LiveFeed? = .everything
    let job: String
    let project: String
    let rows: [Row]
    let isEmpty: Bool
    let chart: Chart
    let counted: String
    let slowest: [AtomRow]
    let flakiest: [AtomRow]
    let hasFlaky: Bool
    let median: String?
    let passRate: String

    /// The maximum number of shown builds and of shown atoms.
    package static let buildLimit = 60
    package static let atomLimit = 20

    /// A build.
    struct Row: Sendable {
        let id: BuildID
        let path: String
        let badge: Badge
        let duration: String?
        let atoms: String?
        let failed: String?
        let flaky: String?
        let queuedAt: TimeText?

        init(_ build: BuildRecord) {
            id = build.id
            path = DashboardPath.build(build.id)
            badge = Badge(build)
            duration = build.duration.map(TimeText.duration)
            atoms = build.progress.atoms.map(grouped)
            failed = build.progress.failedAtoms == 0 ? nil : grouped(build.progress.failedAtoms)
            flaky = build.progress.flakyAtoms == 0 ? nil : grouped(build.progress.flakyAtoms)
            queuedAt = build.queuedAt.map(TimeText.init)
        }
    }

    /// An atom.
    struct AtomRow: Sendable {
        let name: String
        let path: String
        let runs: String
        let failed: String?
        let flaky: String?
        let mean: String
        let latest: String

        init(_ atom: AtomHistory) {
            name = atom.atom.value.isEmpty ? atom.atom.variable : atom.atom.value.escaped
            path = DashboardPath.atom(build: atom.build, subjob: atom.subjob, atom: atom.id)
            runs = grouped(atom.runs)
            failed = atom.failed == 0 ? nil : grouped(atom.failed)
            flaky = atom.flaky == 0 ? nil : grouped(atom.flaky)
            mean = TimeText.duration(atom.mean)
            latest = TimeText.duration(atom.latest)
        }
    }

    /// The builds as bars, oldest first.
    struct Chart: Sendable {
        let width: Int
        let bars: [Bar]
        let longest: String
        let description: String

        /// A bar, in units of the drawing; its base is at 100.
        struct Bar: Sendable {
            let x: Int
            let y: Int
            let height: Int
            let style: String
            let path: String
            let label: String
        }

        init(_ builds: [BuildRecord]) {
            let longest = builds.compactMap(\.duration).max() ?? 0
            // Few builds must not get broad bars.
            width = max(40, builds.count) * 12
            bars = builds.reversed().enumerated().map { index, build in
                let seconds = build.duration ?? 0
                let height = max(2, longest == 0 ? 2 : Int((seconds / longest * 100).rounded()))
                let badge = Badge(build)
                return Bar(
                    x: index * 12 + 1,
                    y: 100 - height,
                    height: height,
                    style: build.progress.flakyAtoms > 0 && badge.style == "passed" ? "flaky" : badge.style,
                    path: DashboardPath.build(build.id),
                    label: "Build \(build.id): \(badge.label), \(TimeText.duration(seconds))"
                )
            }
            self.longest = TimeText.duration(longest)
            description = "Duration of the last \(builds.count) builds, oldest first, up to \(self.longest)"
        }
    }

    /// Creates the page of a job.
    package init(_ name: JobName, _ history: JobHistory) {
        job = name.job
        project = name.project
        title = "History of \(name.job)"
        rows = history.builds.map(Row.init)
        isEmpty = rows.isEmpty
        chart = Chart(history.builds)
        counted = history.countedBuilds == 1 ? "the newest build" : "the newest \(history.countedBuilds) builds"
        slowest = history.slowest.map(AtomRow.init)
        flakiest = history.flakiest.map(AtomRow.init)
        hasFlaky = !flakiest.isEmpty
        let durations = history.builds.filter { $0.state == .finished }.compactMap(\.duration).sorted()
        median = durations.isEmpty ? nil : TimeText.duration(durations[durations.count / 2])
        let passed = history.builds.count { $0.result == .noFailures }
        passRate = "\(passed) of \(history.builds.count) builds passed"
    }
}
