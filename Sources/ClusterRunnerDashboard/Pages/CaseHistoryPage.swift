package import ClusterRunnerDomain
import ClusterRunnerTerminal

/// A test case with its runs in the builds of its job.
package struct CaseHistoryPage: Page {
    package static let template = Template.caseHistory
    package let title: String
    package let section: Section? = .jobs
    package let feed: LiveFeed? = nil
    let name: String
    let className: String?
    let file: String?
    let job: String
    let project: String
    let jobPath: String
    let summary: String
    let rows: [Row]

    /// The maximum number of shown builds.
    package static let buildLimit = 200

    /// The run of the case in a build.
    struct Row: Sendable {
        let build: BuildID
        let path: String?
        let badge: Badge
        let seconds: String?
        let slave: String
        let slavePath: String
        let commit: String?
        let wholeCommit: String?
        let reportedAt: TimeText
        let remark: String?

        fileprivate init(_ run: CaseRun, _ names: SlaveNames, now: Double) {
            build = run.build
            path = run.isKept ? DashboardPath.atom(build: run.build, subjob: run.subjob, atom: run.atom) : nil
            badge = Badge(run.outcome)
            seconds = run.seconds.map(TimeText.duration)
            slave = names.title(run.slave)
            slavePath = DashboardPath.slave(run.slave)
            commit = run.commit.map { String($0.prefix(12)) }
            wholeCommit = run.commit
            reportedAt = TimeText(run.reportedAt, now: now)
            remark = run.isOfBrokenBuild ? "most tests of the build failed" : nil
        }
    }

    /// Creates the page.
    package init(_ history: CaseHistory, slaves: SlaveNames = SlaveNames(), now: Double) {
        name = TerminalText.plain(history.name)
        title = name
        className = history.className
        file = history.file
        job = history.job.job
        project = history.job.project
        jobPath = DashboardPath.job(project: project, name: job)
        rows = history.runs.map { Row($0, slaves, now: now) }
        let ran = history.runs.filter { $0.outcome != .skipped }
        let failed = ran.count { $0.outcome.isFailure }
        let flaky = ran.count { $0.outcome == .flaky }
        let builds = ran.count == 1 ? "1 build" : "\(grouped(ran.count)) builds"
        summary = "It ran in \(builds): \(grouped(failed)) × failed, \(grouped(flaky)) × passed after a failure."
    }
}

/// A test case of a job that deserves a look.
struct CaseFigureRow: Sendable {
    let name: String
    let className: String?
    let path: String
    let runs: String
    let failed: String?
    let flaky: String?
    let mean: String
    let change: String?

    init(_ figures: CaseFigures) {
        name = TerminalText.plain(figures.name)
        className = figures.className ?? figures.file
        path = DashboardPath.testCase(figures.id)
        runs = grouped(figures.runs)
        failed = figures.failed == 0 ? nil : grouped(figures.failed)
        flaky = figures.flaky == 0 ? nil : grouped(figures.flaky)
        mean = TimeText.duration(figures.mean)
        if let older = figures.olderMean, let newer = figures.newerMean {
            change = "\(TimeText.duration(older)) → \(TimeText.duration(newer))"
        } else {
            change = nil
        }
    }
}
