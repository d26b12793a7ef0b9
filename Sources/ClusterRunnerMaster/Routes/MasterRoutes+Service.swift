import ClusterRunnerDashboard
import ClusterRunnerDomain
import ClusterRunnerHTTP
import ClusterRunnerOpenAPI
import ClusterRunnerPlugin
import ClusterRunnerWire
import HTTPTypes
import Hummingbird
import NIOCore

/// The service itself.
extension MasterRoutes {
    var serviceRoutes: [Route] {
        [
            .get("", childRoutes: Self.rootRoutes, failure: refusalOfRoot) { request in
                if prefersPage(request.request) { return try await pages.start(request) }
                let slaves = await listedSlaves().map { SlaveRepresentation($0) }
                let master = ServiceRepresentation(status: "Master service is up.", slaves: slaves)
                return try request.respond(ServiceAnswer(master))
            },
            .get("version", access: .open) { request in
                try request.respond(VersionAnswer(version: settings.version, apiVersion: request.version.rawValue))
            },
            .get("health", access: .open) { try await $0.respond(health: await obstacles()) },
            .get("metrics", access: .metrics) { _ in try await showMetrics() },
            .get("queue") { request in
                let query = BuildQuery(states: Self.unfinished, page: try request.page())
                return try request.respond(QueueAnswer(try await representations(query, request.version)))
            },
            .get("project_types") { request in
                try request.respond(ProjectTypesAnswer(projectTypes))
            },
            Route(
                .post,
                "project_types/{type}/upload",
                access: .documented,
                body: .collected(limit: UploadStorage.messageLimit)
            ) { try await receiveProject($0) },
            .get("openapi.json") { _ in .json(body: ByteBuffer(bytes: OpenAPIDocument.master)) },
        ]
    }

    /// Hands a message of an upload to the project type.
    private func receiveProject(_ request: RouteRequest) async throws -> Response {
        let type = try await projectTypes.type(named: request.text("type"))
        guard let uploading = type.uploading else {
            throw ClusterRunnerError(.invalidArgument, "The project type \"\(type.name)\" takes no uploads.")
        }
        let storage = UploadStorage(storageDirectory: folders.projects, byteLimit: settings.limits.uploadBytes) {
            [admission] bytes in
            do { try admission.checkRoom(for: bytes) } catch let want as Admission.WantOfRoom { throw want.answer }
        }
        let answer = try await admission.upload { try await uploading.receive(request.body, into: storage) }
        metrics.received(request.body.count, of: .project)
        return Response(
            status: .ok,
            headers: [.contentType: "application/octet-stream"],
            body: ResponseBody(byteBuffer: .init(bytes: answer))
        )
    }

    private var pages: DashboardRoutes { DashboardRoutes(master: self, dashboard: dashboard) }

    /// Whether a browser opened `/`; `/v1` always answers with data.
    private func prefersPage(_ request: Request) -> Bool {
        request.uri.path == "/" && AcceptHeader.prefersHTML(request.headers[.accept])
    }

    private var refusalOfRoot: @Sendable (any Error, Request) -> Response? {
        { prefersPage($1) ? pages.refusal($0, $1) : nil }
    }

    static let unfinished = Set(BuildState.allCases.filter { !$0.isFinal })

    private static let rootRoutes = [
        "builds": "/v1/build", "eventlog": "/v1/eventlog", "events": "/v1/events", "health": "/v1/health",
        "history": "/v1/history", "metrics": "/v1/metrics", "openapi": "/v1/openapi.json",
        "project_types": "/v1/project_types", "queue": "/v1/queue", "slaves": "/v1/slave", "version": "/v1/version",
    ]
}
