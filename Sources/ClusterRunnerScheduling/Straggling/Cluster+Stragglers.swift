import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerJobFile

/// Second runs of atoms that take far too long.
extension Cluster {
    /// Gives atoms of a build that run far longer than they ever did to other slaves as well.
    mutating func runStragglersTwice(of build: Int, at now: Moment, _ decisions: inout ClusterDecisions) {
        guard builds[build]?.record.job?.speculate == true else { return }
        for straggler in builds[build]?.stragglers(policy) ?? [] where straggler.due <= now.uptime {
            guard let slave = builds[build]?.helper(for: straggler) else { continue }
            let lease = leases.next(&decisions)
            let grant = builds[build]?
                .handOutAgain(straggler, to: slave, lease: lease, at: now, &decisions)
            if let grant { decisions.effects.append(.instruct(slave: slave, .run([grant]))) }
        }
    }

    /// How soon something may be due that nobody knows of yet; an atom of a build that begins now is looked at no sooner
    /// than a slave can be lost.
    package var shortestDelay: Duration {
        let delay = min(policy.slaveTimeout, policy.quarantine)
        let speculates = builds.values.contains { $0.record.job?.speculate == true }
        return speculates ? min(delay, max(policy.leastStraggling, .milliseconds(100))) : delay
    }

    /// Whether an idle slave of a build should stay, in case an atom must be run a second time.
    ///
    /// Not when another build has use for it.
    func mayHelp(_ slave: Int, build: Int) -> Bool {
        guard let machine = builds[build], machine.record.job?.speculate == true,
            !builds.values.contains(where: { $0.id != build && $0.wantedExecutors > 0 })
        else { return false }
        return machine.stragglers(policy).contains { $0.slave != slave }
    }
}
