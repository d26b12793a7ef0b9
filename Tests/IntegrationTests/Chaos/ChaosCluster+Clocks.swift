import ClusterRunnerPlugin
import ClusterRunnerWire
import Testing

/// Clocks that jump.
extension ChaosCluster {
    /// Sets the wall clock of a machine wrong, and right again.
    ///
    /// Each time results must get through from the slaves concerned, and no slave may be lost.
    func jumpClock(of machine: Machine, _ hours: Int) async throws {
        guard let clock = clocks[machine] else { return }
        let concerned: [Seat]
        switch machine {
        case .master: concerned = seats
        case .seat(let number): concerned = [seats[number]]
        }
        let last = try await lastEvent()
        for hours in [hours, 0] {
            try clock.set(hours: hours)
            try await awaitResults(from: concerned)
        }
        let losses = try await events(after: last).filter { $0["__tag__"] == "SLAVE_LOST" }
        #expect(losses.isEmpty, "A clock that jumped cost slaves: \(losses)\n\(cluster.logs)")
    }
}
