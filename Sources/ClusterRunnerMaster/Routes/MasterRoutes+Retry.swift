import ClusterRunnerDomain
import ClusterRunnerHTTP
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerWire
import Hummingbird

/// Retries of builds.
extension MasterRoutes {
    var retryRoutes: [Route] {
        [Route(.post, "build/{build_id}/retry", access: .change, body: .json) { try await retry($0) }]
    }

    private func retry(_ request: RouteRequest) async throws -> Response {
        var fields = try JSONCoding.decodeObject(from: request.body)
        let requester = try Self.requester(fields.removeValue(forKey: "requester"))
        let onlyFailed = try Self.asksForFailed(fields)
        let build = try await build(request)
        guard build.state.isFinal else {
            throw ClusterRunnerError(
                .invalidState,
                "Build \(build.id) has not ended; it can be retried when it has, or has been canceled."
            )
        }
        let parameters = try await parameters(ofRetryOf: build, onlyFailed: onlyFailed)
        let id = try await coordinator.request(
            type: build.projectType,
            parameters: parameters,
            requester: requester
        ) { unfinished in
            try admission.checkBuild(unfinished: unfinished, obstacle: store.obstacle)
        }
        return try request.respond(BuildCreatedAnswer(id), status: .accepted)
    }

    private static func asksForFailed(_ fields: [String: JSONValue]) throws -> Bool {
        if let key = fields.keys.sorted().first(where: { $0 != "failed" }) {
            throw ClusterRunnerError(
                .invalidArgument,
                "Key (\(key)) is not in list of allowed keys (failed, requester)"
            )
        }
        switch fields["failed"] {
        case nil, .null?: return false
        case .bool(let value)?: return value
        case let other?:
            throw ClusterRunnerError(.invalidArgument, "\"failed\" must be true or false, not \(other.kindName).")
        }
    }

    private func parameters(ofRetryOf build: BuildRecord, onlyFailed: Bool) async throws -> ProjectParameters {
        let type = try await projectTypes.type(named: build.projectType)
        var same = build.parameters
        if let fetched = build.slaveParameters { same = try await type.pinned(same, to: fetched) }
        // What failed last may be something else by now; the retry is of what this build ran.
        guard onlyFailed || same.onlyFailed else { return same }
        let records = try await store.atoms(AtomQuery(build: build.id, outcome: onlyFailed ? .failed : nil))
        guard !records.isEmpty || !onlyFailed else {
            throw ClusterRunnerError(
                .invalidState,
                "No atom of build \(build.id) failed, so there is nothing to retry. Without \"failed\" all of it is."
            )
        }
        guard !records.isEmpty else { return same }
        // A repeated atom is listed once: the retry repeats it as often.
        var known: Set<Atom> = []
        let atoms = records.map(\.atom).filter { known.insert($0).inserted }.map { JSONValue.string($0.commandString) }
        let chosen = same.values.filter { !["atoms_filter", "only_failed"].contains($0.key) }
        return ProjectParameters(chosen.merging(["atoms_override": .array(atoms)]) { $1 })
    }
}
