import ClusterRunnerConcurrency
package import ClusterRunnerDomain

/// Atoms that could not be run.
extension Cluster {
    /// The number that the run of an atom gets whose result will not count; nil when it counts, or nothing of it does.
    package func attemptNumber(of report: AtomReport, build: Int, from slave: Int) -> Int? {
        guard objection(to: report.claim, build: build, from: slave) == nil else { return nil }
        return builds[build]?.attemptNumber(of: report)
    }

    /// Draws the conclusions of an obstacle that a slave met, after its report was accepted.
    ///
    /// One that lies in the atom ends the build. Any other speaks against the slave: it gets nothing more of the build,
    /// and what it could not run goes to others. All that one slave could not run in one service for the build counts
    /// once: a slave with many executors would use up the budget of the build within an instant.
    mutating func meet(
        _ obstacle: RunObstacle?,
        to claim: LeasedAtom,
        build: Int,
        on slave: Int,
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
