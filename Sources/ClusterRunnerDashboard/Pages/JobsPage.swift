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

        init(_ summary: JobSummary, now: Double) {
            job = summary.name.job
            project = summary.name.project
            path = DashboardPath.job(project: project, name: job)
            builds = grouped(summary.builds)
            newest = summary.newest.id
            newestPath = DashboardPath.build(newest)
            badge = Badge(summary.newest)
            duration = summary.newest.duration.map(TimeText.duration)
            queuedAt = summary.newest.queuedAt.map { TimeText($0, now: now) }
        }
    }

    /// Creates the page.
    package init(_ jobs: [JobSummary], now: Double) {
        rows = jobs.map { Row($0, now: now) }
        isEmpty = rows.isEmpty
    }
}
