import ClusterRunnerConcurrency
import ClusterRunnerDomain

/// Work that moves from one slave to another.
extension Cluster {
    /// Asks slaves for atoms that they have not begun, when a build has idle executors.
    mutating func shareWork(of build: BuildID, _ decisions: inout ClusterDecisions) {
        guard builds[build]?.waiting.isEmpty == true, builds[build].map({ $0.idleExecutors > 0 }) == true else {
            return
        }
        let asked = builds[build]?.ask(of: slaveTable.connected, least: policy.leastShared.inSeconds) ?? []
        for (slave, parts) in asked {
            decisions.effects.append(.instruct(slave: slave, .giveBack(build: build, parts)))
        }
    }

    /// Dismisses the slaves of a build that have no work left.
    mutating func dismissIdle(of build: BuildID, at now: Moment, _ decisions: inout ClusterDecisions) {
        // The build must not be copied while it changes.
        guard builds[build].map({ $0.waiting.isEmpty && !$0.isAsking }) == true else { return }
        for slave in builds[build]?.idleSlaves ?? [] { dismissIfDone(slave, at: now, &decisions) }
    }
}
