import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerJobFile

/// Second runs of stragglers.
extension Cluster {
    /// Grants the stragglers of a build to other slaves too.
    mutating func runStragglersTwice(of build: BuildID, at now: Moment, _ decisions: inout ClusterDecisions) {
        guard builds[build]?.record.job?.speculate == true else { return }
        for straggler in builds[build]?.stragglers(policy) ?? [] where straggler.due <= now.uptime {
            guard let slave = builds[build]?.helper(for: straggler, if: { isReachable($0, at: now) }) else { continue }
            let lease = leases.next(&decisions)
            let grant = builds[build]?
                .handOutAgain(straggler, to: slave, lease: lease, at: now, &decisions)
            if let grant { decisions.effects.append(.instruct(slave: slave, .run([grant]))) }
        }
    }

    /// Minimum delay until an event that is still unknown can be due.
    ///
    /// The atoms of a build that begins now are not checked before a slave could be lost.
    package var shortestDelay: Duration {
        let delay = min(policy.slaveTimeout, policy.quarantine)
        let speculates = builds.values.contains { $0.record.job?.speculate == true }
        return speculates ? min(delay, max(policy.leastStraggling, .milliseconds(100))) : delay
    }

    /// Whether an idle slave of a build should stay for a possible second run.
    ///
    /// False when another build can use it.
    func mayHelp(_ slave: SlaveID, build: BuildID) -> Bool {
        guard let machine = builds[build], machine.record.job?.speculate == true,
            !builds.values.contains(where: { $0.id != build && $0.wantedExecutors > 0 })
        else { return false }
        return machine.stragglers(policy).contains { $0.slave != slave }
    }
}
