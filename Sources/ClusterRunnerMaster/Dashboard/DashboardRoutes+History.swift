import ClusterRunnerDashboard
import ClusterRunnerDomain
import ClusterRunnerHTTP
import ClusterRunnerWire
import Hummingbird

/// The timeline of a build, the slaves, and the history of jobs.
extension DashboardRoutes {
    var historyRoutes: [Route] {
        [
            page("dashboard/builds/{build_id}/timeline") { try await timeline($0) },
            page("dashboard/slaves") { _ in SlavesPage(await master.coordinator.slaves, now: now) },
            page("dashboard/slaves/{slave_id}") { try await slave($0) },
            Route(.get, "dashboard/jobs", access: .read, isVersioned: false, failure: refusal) { request in
                .page(try await jobs(request))
            },
        ]
    }

    private func timeline(_ request: RouteRequest) async throws -> TimelinePage {
        let build = try await master.build(request)
        let longest = AtomSearch(
            build: build.id,
            order: .actual,
            descending: true,
            page: StorePage(limit: TimelinePage.longestLimit)
        )
        return TimelinePage(
            build,
            live: await live(build),
            timeline: try await master.timeline(of: build),
            longest: try await store.atoms(matching: longest).atoms,
            slaves: await slaveNames,
            now: now
        )
    }

    private func slave(_ request: RouteRequest) async throws -> SlavePage {
        let id: SlaveID = try request.id("slave_id")
        let events = try await master.slaveEvents(id, limit: SlavePage.eventLimit)
        let status = await master.coordinator.slaves.first { $0.id == id }
        return SlavePage(id, status: status, events: events, now: now)
    }

    /// Makes the list of jobs, or the history of one.
    private func jobs(_ request: RouteRequest) async throws -> String {
        guard let project = request.fields["project"], let job = request.fields["job"] else {
            return html(JobsPage(try await store.jobs(page: StorePage(limit: JobsPage.limit)), now: now))
        }
        let name = JobName(project: project, job: job)
        let history = try await store.history(
            of: name,
            limit: HistoryPage.buildLimit,
            atomLimit: HistoryPage.atomLimit
        )
        let cases = try await store.caseFigures(
            of: name,
            limit: HistoryPage.buildLimit,
            caseLimit: HistoryPage.atomLimit
        )
        return html(HistoryPage(name, history, cases: cases, now: now))
    }
}
