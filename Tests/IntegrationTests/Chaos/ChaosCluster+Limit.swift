import ClusterRunnerConcurrency
import Testing

/// The limits of waiting, so that a test that hangs reports the cause.
extension ChaosCluster {
    /// The time limit of a fault and the recovery from it.
    private static let limit = Duration.seconds(180)

    /// Runs an operation within the time limit.
    ///
    /// - Throws: `ProgramFailure` that names the operation and the cluster's state.
    func within(
        limit: Duration = ChaosCluster.limit,
        _ what: String,
        _ work: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await work()
                return true
            }
            group.addTask {
                try await Task.sleep(for: limit)
                return false
            }
            defer { group.cancelAll() }
            if try await group.next() == true { return }
            throw ProgramFailure(
                "Not over after \(Int(limit.inSeconds)) s: \(what).\n\(await state())\n\(cluster.logs)"
            )
        }
    }

    /// Describes the master's view of builds and slaves, and the ledger's counts.
    private func state() async -> String {
        let ledger = ledger.now
        var lines = ["The ledger has \(ledger.runs.count) runs, of which \(ledger.ended) have ended."]
        for path in ["/v1/health", "/v1/queue", "/v1/slave"] {
            do {
                lines.append("\(path) is \(try await cluster.http.get(path))")
            } catch {
                lines.append("\(path) is not answered: \(error)")
            }
        }
        return lines.joined(separator: "\n")
    }
}
