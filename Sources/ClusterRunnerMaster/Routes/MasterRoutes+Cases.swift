import ClusterRunnerDashboard
import ClusterRunnerDomain
import ClusterRunnerHTTP
import ClusterRunnerPlugin
import ClusterRunnerWire
import Hummingbird

/// Test cases: those of a build, and the history of one.
extension MasterRoutes {
    var caseRoutes: [Route] {
        [
            .get("build/{build_id}/case", childRoutes: ["history": "/v1/history/case/[case_id]"]) { request in
                let build = try await build(request)
                let found = try await store.cases(matching: try Self.caseSearch(request, build: build.id))
                return try request.respond(CasesAnswer(found))
            },
            .get("history/case/{case_id}") { request in
                let id: CaseID = try request.id("case_id")
                let limit = min(1000, max(1, try request.number("limit") ?? 100))
                guard let history = try await store.caseHistory(id, limit: limit) else {
                    throw ClusterRunnerError(.notFound, "Invalid case id: \(id).")
                }
                return try request.respond(CaseHistoryAnswer(history))
            },
        ]
    }

    /// The maximum number of cases in one answer, and the default.
    private static let caseLimits = (most: 1000, standard: 100)

    private static func caseSearch(_ request: RouteRequest, build: BuildID) throws -> CaseSearch {
        let fields = QueryString(request.request.uri.query ?? "")
        let limit = min(caseLimits.most, max(0, try request.number("limit") ?? caseLimits.standard))
        let subjob = try request.number("subjob").map { SubjobID($0) }
        return CaseSearch(
            build: build,
            outcomes: try fields["outcome"].map(outcomes),
            name: fields["name"],
            text: fields["text"],
            subjobs: subjob.map { $0...$0 },
            atom: try request.number("atom").map { AtomIndex($0) },
            order: try fields["order"].map(order) ?? .position,
            page: StorePage(offset: max(0, try request.number("offset") ?? 0), limit: limit)
        )
    }

    private static func outcomes(_ text: String) throws -> Set<CaseOutcome> {
        Set(try text.split(separator: ",").map { try value(String($0), of: "outcome") })
    }

    private static func order(_ text: String) throws -> CaseOrder { try value(text, of: "order") }

    private static func value<Value: CaseIterable & RawRepresentable<String>>(
        _ text: String,
        of key: String
    ) throws -> Value {
        if let value = Value(rawValue: text) { return value }
        let names = Value.allCases.map(\.rawValue).joined(separator: ", ")
        throw ClusterRunnerError(.invalidArgument, "\"\(key)\" must be one of \(names), not \"\(text)\".")
    }
}
