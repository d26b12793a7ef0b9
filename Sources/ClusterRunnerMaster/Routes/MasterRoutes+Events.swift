import ClusterRunnerDomain
import ClusterRunnerHTTP
import ClusterRunnerPlugin
import ClusterRunnerWire
import HTTPTypes
import Hummingbird

/// Events: list, stream.
extension MasterRoutes {
    var eventRoutes: [Route] {
        [
            .get("eventlog") { request in
                let after = try request.number("since_id") ?? 0
                let since = try sinceTimestamp(request)
                let events = try await store.events(after: after, since: since, limit: Self.eventLimit)
                return try request.respond(EventsAnswer(events.map(EventRepresentation.object)))
            },
            .get("events") { request in
                let build = try request.number("build").map { BuildID($0) }
                let tags = try tags(request)
                return events.response(after: try await lastSeen(request, build), build: build, tags: tags, request)
            },
        ]
    }

    /// The maximum number of events in one answer; `since_id` of the last one gets the next.
    private static let eventLimit = 100_000

    /// Reads `tags=A,B`, the kinds of stored events that a reader wants; nil selects all.
    private func tags(_ request: RouteRequest) throws -> Set<String>? {
        guard let text = request.query("tags") else { return nil }
        let tags = text.split(separator: ",").map(String.init)
        if let unknown = tags.first(where: { EventTag(rawValue: $0) == nil }) {
            let nearest = nearestName(to: unknown, among: EventTag.allCases.map(\.rawValue))
            throw ClusterRunnerError(
                .invalidArgument,
                "\"tags\" names no event: \"\(unknown)\".\(nearest.map { " Did you mean \($0)?" } ?? "")"
            )
        }
        return Set(tags)
    }

    private func sinceTimestamp(_ request: RouteRequest) throws -> Double? {
        guard let text = request.query("since_timestamp") else { return nil }
        guard let seconds = Double(text), seconds.isFinite else {
            throw ClusterRunnerError(
                .invalidArgument,
                "\"since_timestamp\" must be a number of seconds since 1970, not \"\(text)\"."
            )
        }
        return seconds
    }

    /// Returns the last event that a reader has seen, from the header of a reconnecting reader or from the query.
    private func lastSeen(_ request: RouteRequest, _ build: BuildID?) async throws -> Int {
        if let text = HTTPField.Name("Last-Event-ID").flatMap({ request.request.headers[$0] }) {
            guard let id = Int(text), id >= 0 else {
                throw ClusterRunnerError(
                    .invalidArgument,
                    "\"Last-Event-ID\" must be the id of an event, not \"\(text)\"."
                )
            }
            let newest = try await store.lastEvent()
            guard id <= newest else {
                throw ClusterRunnerError(
                    .invalidArgument,
                    "\"Last-Event-ID\" is \(id), but the newest event is \(newest)."
                )
            }
            return id
        }
        if request.query("since_id") == "newest" { return try await store.lastEvent() }
        let id = try request.number("since_id") ?? 0
        return try await id > 0 ? id : beforeFirst(of: build)
    }

    /// Returns the event before the first one of a build, or an earlier one; 0 is the beginning.
    private func beforeFirst(of build: BuildID?) async throws -> Int {
        guard let build, let queued = try await store.build(build)?.timestamps[.queued] else { return 0 }
        return try await store.events(after: 0, since: queued, limit: 1).first.map { $0.id - 1 } ?? 0
    }
}
