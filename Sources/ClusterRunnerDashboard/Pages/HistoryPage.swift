package import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin

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
    let charts: [HistoryChart]
    let changes: JobChanges
    let counted: String
    let slowest: [AtomRow]
    let flakiest: [AtomRow]
    let hasFlaky: Bool
    let hasCases: Bool
    let countedCases: String
    let slowestCases: [CaseFigureRow]
    let flakiestCases: [CaseFigureRow]
    let hasFlakyCases: Bool
    let slowerCases: [CaseFigureRow]
    let hasSlowerCases: Bool
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

        init(_ build: BuildRecord, now: Double) {
            id = build.id
            path = DashboardPath.build(build.id)
            badge = Badge(build)
            duration = build.duration.map(TimeText.duration)
            atoms = build.progress.atoms.map(grouped)
            failed = build.progress.failedAtoms == 0 ? nil : grouped(build.progress.failedAtoms)
            flaky = build.progress.flakyAtoms == 0 ? nil : grouped(build.progress.flakyAtoms)
            queuedAt = build.queuedAt.map { TimeText($0, now: now) }
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
            name = atom.atom.title
            path = DashboardPath.atom(build: atom.build, subjob: atom.subjob, atom: atom.id)
            runs = grouped(atom.runs)
            failed = atom.failed == 0 ? nil : grouped(atom.failed)
            flaky = atom.flaky == 0 ? nil : grouped(atom.flaky)
            mean = TimeText.duration(atom.mean)
            latest = TimeText.duration(atom.latest)
        }
    }

    /// Creates the page of a job.
    package init(_ name: JobName, _ history: JobHistory, cases: JobCases = JobCases(), now: Double) {
        job = name.job
        project = name.project
        title = "History of \(name.job)"
        rows = history.builds.map { Row($0, now: now) }
        isEmpty = rows.isEmpty
        charts = HistoryChart.all(history.builds)
        changes = JobChanges(history)
        counted = history.countedBuilds == 1 ? "the newest build" : "the newest \(history.countedBuilds) builds"
        slowest = history.slowest.map(AtomRow.init)
        flakiest = history.flakiest.map(AtomRow.init)
        hasFlaky = !flakiest.isEmpty
        hasCases = cases.countedBuilds > 0
        countedCases = cases.countedBuilds == 1 ? "the newest build" : "the newest \(cases.countedBuilds) builds"
        slowestCases = cases.slowest.map(CaseFigureRow.init)
        flakiestCases = cases.flakiest.map(CaseFigureRow.init)
        hasFlakyCases = !flakiestCases.isEmpty
        slowerCases = cases.slower.map(CaseFigureRow.init)
        hasSlowerCases = !slowerCases.isEmpty
        let durations = history.builds.filter { $0.state == .finished }.compactMap(\.duration).sorted()
        median = durations.isEmpty ? nil : TimeText.duration(durations[durations.count / 2])
        let passed = history.builds.count { $0.result == .noFailures }
        passRate = "\(passed) of \(history.builds.count) builds passed"
    }
}
