import ClusterRunnerAPI
import ClusterRunnerCore
import ClusterRunnerHTTP
import HTTPTypes
import Hummingbird

/// What happened.
extension MasterRoutes {
    var eventRoutes: [Route] {
        [
            .get("eventlog") { request in
                let after = try request.number("since_id") ?? 0
                let since = try sinceTimestamp(request)
                let events = try await store.events(after: after, since: since, limit: Self.eventLimit)
                return try request.respond(["events": .array(events.map(EventRepresentation.object))])
            },
            .get("events") { request in
                let header = HTTPField.Name("Last-Event-ID").flatMap { request.request.headers[$0] }
                let after = try header.flatMap(Int.init) ?? request.number("since_id") ?? 0
                let stream = events.serverSentEvents(after: after, build: try request.number("build"))
                var response = Response.stream(stream, contentType: "text/event-stream")
                response.headers[.cacheControl] = "no-store"
                return response
            },
        ]
    }

    /// How many events one answer holds at the most; `since_id` of the last one gets the next.
    private static let eventLimit = 100_000

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
}
