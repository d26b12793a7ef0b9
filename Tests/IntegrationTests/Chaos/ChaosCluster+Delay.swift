import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerWire
import Testing

/// Results that arrive much too late.
extension ChaosCluster {
    /// Delays a post of results until the slave is given up and others have done the work, and then delivers it.
    func delayResults(of seat: Seat, untilReturn: Bool) async throws {
        try await awaitWork(on: seat)
        let post = try await seat.relay.withholdPost()
        let report = try post.report()
        let atom = try #require(report.reports.first)
        try await awaitLoss(of: seat)
        let path = "/v1/build/\(report.build)/subjob/\(atom.subjob)"
        let done = try await cluster.poll(path) { $0["subjob"]["state"] == "COMPLETED" }
        if untilReturn { try await heal(seat) }
        let answer = try await post.replay(to: cluster.port)
        let status = answer.split(separator: " ").dropFirst().first ?? ""
        #expect(["409", "412"].contains(status), "Results that came too late were answered: \(answer)")
        let later = try await cluster.http.get(path)
        #expect(later == done, "Results that came too late changed \(done) to \(later)")
        if !untilReturn { try await heal(seat) }
    }

    private func heal(_ seat: Seat) async throws {
        seat.relay.become(.sound)
        try await awaitReturn(of: [seat])
    }
}
