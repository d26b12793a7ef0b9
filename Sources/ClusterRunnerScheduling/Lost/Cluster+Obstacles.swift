import ClusterRunnerConcurrency
import ClusterRunnerDomain

/// Obstacles that slaves met.
extension Cluster {
    /// Handles an obstacle, after its report was accepted.
    ///
    /// An obstacle of the atom itself ends the build. Any other counts against the slave: it gets no more work of the
    /// build, and its atoms go to others. All obstacles of one slave in the build count once: a slave with many
    /// executors would otherwise use up the budget of the build within an instant.
    mutating func meet(
        _ obstacle: RunObstacle?,
        to claim: LeasedAtom,
        build: BuildID,
        on slave: SlaveID,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) {
        guard let obstacle, let state = slaveTable[slave] else { return }
        let reason = "Atom \(claim.atom) of subjob \(claim.subjob): \(obstacle.reason)"
        guard !obstacle.isOfAtom else {
            let sentence = "No slave can run one of the atoms.\nOn slave \(slave) (\(state.url)): \(reason)"
            return fail(build: build, sentence, at: now, &decisions)
        }
        guard builds[build]?.obstruct(slave: slave, &decisions) == true else { return }
        let failure = SlaveFailure(slave: slave, url: state.url, reason: reason, stage: .run)
        builds[build]?.failures.append(failure)
        decisions.others.append(.slaveFailure(build: build, failure))
        strike(state, build: build, at: now, &decisions)
        let failures = builds[build]?.runFailures ?? []
        guard failures.count >= policy.runBudget else { return }
        let reasons = failures.map { "On slave \($0.slave) (\($0.url)): \($0.reason)" }.joined(separator: "\n")
        let sentence = "Slaves could not run its atoms, \(failures.count) times.\n\(reasons)"
        fail(build: build, sentence, at: now, &decisions)
    }
}
