import ClusterRunnerPlugin

/// The services of a deployment: a master on one host, and a slave on each of others.
struct DeployPlan: Sendable {
    let master: DeployHost
    let slaves: [DeployHost]

    /// Creates a plan from the texts of the command line.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` for a wrong host, and for one
    ///   that is named twice.
    init(master: String, slaves: [String]) throws {
        self.slaves = try slaves.map(DeployHost.init)
        let master = try DeployHost(master)
        var seen: Set<DeployHost.Place> = []
        for slave in self.slaves where !seen.insert(slave.place).inserted {
            throw ClusterRunnerError(.invalidArgument, "The host \(slave) is named twice. A host has one slave.")
        }
        // The host of the master may have a slave, too, under the same user.
        let twin = self.slaves.first { $0.place == master.place }
        if let twin, twin.user != master.user {
            throw ClusterRunnerError(
                .invalidArgument,
                "The host of \(master) and \(twin) is the same, with another user. Name it in the same way twice."
            )
        }
        self.master = twin ?? master
    }

    /// The hosts, each once, that of the master first.
    var hosts: [DeployHost] { [master] + slaves.filter { $0 != master } }
}
