import ClusterRunnerDomain
import ClusterRunnerPlugin

extension RunningMaster {
    /// Takes the way of a decision, through the coordinator and the store to the disk, and describes the master.
    func pulse() async throws -> String? {
        let slaves = await coordinator.slaves.filter(\.isAlive)
        let builds = await coordinator.unfinishedBuilds
        // Changes that wait for room on a disk live in this process. Its end would lose them, and make no room.
        if let obstacle = parts.store.obstacle { return obstacle.message }
        try await parts.store.enqueue([]).durable()
        let executors = slaves.reduce(0) { $0 + $1.executors }
        return "Slaves: \(slaves.count), executors: \(executors), unfinished builds: \(builds)."
    }
}
