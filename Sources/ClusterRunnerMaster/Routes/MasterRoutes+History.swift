import ClusterRunnerConcurrency
import ClusterRunnerDashboard
import ClusterRunnerDomain
import ClusterRunnerHTTP
import ClusterRunnerPlugin
import ClusterRunnerWire
import Hummingbird

/// History: the timeline of a build, the history of a job and that of a slave.
extension MasterRoutes {
    var historyRoutes: [Route] {
        [
            .get("build/{build_id}/timeline") { request in
                let limit = min(20_000, max(0, try request.number("limit") ?? Self.timelineLimit))
                let timeline = try await timeline(of: try await build(request), limit: limit)
                return try request.respond(TimelineRepresentation(timeline, now: timekeeper.now.wall))
            },
            .get("history") { try await history($0) },
            .get("slave/{slave_id}/history") { request in
                let limit = min(1000, max(1, try request.number("limit") ?? 100))
                let events = try await slaveEvents(try request.id("slave_id"), limit: limit)
                return try request.respond(EventsAnswer(events.map(EventRepresentation.object)))
            },
        ]
    }

    /// The default number of atoms that a timeline shows one by one.
    static let timelineLimit = 2000

    /// Returns the work of executors for a build, over time.
    func timeline(of build: BuildRecord, limit: Int = timelineLimit) async throws -> BuildTimeline {
        BuildTimeline(
            build,
            atoms: try await store.timelineSpans(build: build.id, limit: limit),
            commands: try await store.commands(build: build.id),
            slaves: await coordinator.slaves
        )
    }

    /// Returns the events of a slave, newest first.
    func slaveEvents(_ id: SlaveID, limit: Int) async throws -> [StoredEvent] {
        let events = try await store.events(ofSlave: id, limit: limit)
        guard !events.isEmpty else { throw ClusterRunnerError(.notFound, "Invalid slave id: \(id).") }
        return events
    }

    private func history(_ request: RouteRequest) async throws -> Response {
        let fields = QueryString(request.request.uri.query ?? "")
        let limit = min(500, max(1, try request.number("limit") ?? 50))
        guard let project = fields["project"], let job = fields["job"] else {
            guard fields["project"] == nil, fields["job"] == nil else {
                throw ClusterRunnerError(.invalidArgument, "Give both \"project\" and \"job\", or neither.")
            }
            let jobs = try await store.jobs(page: StorePage(limit: limit))
            return try request.respond(JobsAnswer(jobs.map { JobRepresentation($0) }))
        }
        let name = JobName(project: project, job: job)
        let history = try await store.history(of: name, limit: limit, atomLimit: 20)
        let cases = try await store.caseFigures(of: name, limit: limit, caseLimit: 20)
        return try request.respond(HistoryRepresentation(history, cases: cases))
    }
}
