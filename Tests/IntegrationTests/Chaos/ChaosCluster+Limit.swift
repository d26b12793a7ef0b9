import ClusterRunnerConcurrency
import Testing

/// The end of waiting: a test that hangs must say what hangs.
extension ChaosCluster {
    /// The longest time that a fault may take, with the recovery from it.
    private static let limit = Duration.seconds(180)

    /// Does something that must end within a limit.
    ///
    /// - Throws: `ProgramFailure` that says what did not end, and what the cluster was doing then.
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

    /// What the master says of builds and slaves, and what the ledger counts.
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
