package import ClusterRunnerWire
package import Hummingbird

extension RouteRequest {
    /// An answer with the health of a service: 503 with obstacles; with `live` in the query, 200 without looking at them.
    package func respond(
        health obstacles: @autoclosure () async -> [HealthRepresentation.Obstacle]
    ) async throws -> Response {
        guard query("live") == nil else { return try respond(HealthAnswer(health: HealthRepresentation())) }
        let obstacles = await obstacles()
        let health = HealthRepresentation(obstacles: obstacles)
        guard !obstacles.isEmpty else { return try respond(HealthAnswer(health: health)) }
        let sentences = obstacles.map(\.reason).joined(separator: " ")
        return try respond(HealthAnswer(health: health, error: sentences), status: .serviceUnavailable)
    }
}
