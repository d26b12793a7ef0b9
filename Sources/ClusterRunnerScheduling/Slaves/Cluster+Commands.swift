import ClusterRunnerConcurrency
import ClusterRunnerDomain

extension Cluster {
    /// Stores the commands of a build that a slave ran.
    func keep(
        _ commands: [CommandRun],
        of build: BuildID,
        on slave: SlaveStateMachine,
        at now: Moment,
        _ decisions: inout ClusterDecisions
    ) {
        guard !commands.isEmpty else { return }
        let records = commands.map { run in
            var run = run
            let startedAt = now.wall - (run.age ?? run.seconds)
            run.age = nil
            return CommandRecord(run: run, slaveID: slave.id, slaveURL: slave.url, startedAt: startedAt)
        }
        decisions.others.append(.commands(build: build, records))
    }
}
