import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerHTTP
import ClusterRunnerMetrics
import ClusterRunnerPlugin
import ClusterRunnerWire
import Hummingbird
import NIOCore

/// Readiness and metrics.
extension MasterRoutes {
    /// Returns the reasons for which a new build would be refused.
    func obstacles() async -> [HealthRepresentation.Obstacle] {
        var obstacles: [HealthRepresentation.Obstacle] = []
        let add = { (kind: HealthRepresentation.Obstacle.Kind, error: ClusterRunnerError?) in
            if let error { obstacles.append(.init(kind: kind, reason: error.message)) }
        }
        if ending.hasFired { add(.shutdown, ClusterRunnerError(.unavailable, "The master is shutting down.")) }
        add(.database, await storeObstacle())
        add(.disk, roomObstacle)
        let unfinished = await tally().unfinishedBuilds
        add(.backlog, error { try admission.checkBacklog(unfinished: unfinished) })
        return obstacles
    }

    private func storeObstacle() async -> ClusterRunnerError? {
        do {
            _ = try await store.counter(.build)
            return store.obstacle
        } catch {
            let sentence = "The store cannot be read: \(clause: error)."
            return error as? ClusterRunnerError ?? ClusterRunnerError(.unavailable, sentence)
        }
    }

    private var roomObstacle: ClusterRunnerError? {
        error {
            do { try admission.checkRoom(for: 0) } catch let want as Admission.WantOfRoom { throw want.answer }
        }
    }

    private func error(_ check: () throws -> Void) -> ClusterRunnerError? {
        do {
            try check()
            return nil
        } catch {
            return error as? ClusterRunnerError ?? ClusterRunnerError(.unavailable, "\(sentence: "\(error)")")
        }
    }

    /// Answers with the metrics for Prometheus.
    func showMetrics() async throws -> Response {
        let storage = MasterGauges.Storage(
            freeBytes: admission.freeBytes,
            minimumFreeBytes: admission.limits.freeBytes,
            isBlocked: store.obstacle != nil
        )
        let text = metrics.text(await tally(), storage)
        return Response(
            status: .ok,
            headers: [.contentType: ExpositionText.contentType],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }
}
