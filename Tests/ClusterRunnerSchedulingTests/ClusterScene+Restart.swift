import ClusterRunnerDomain

@testable import ClusterRunnerScheduling

/// A slave whose master was killed, with what it remembers.
struct OrphanedSlave {
    let id: Int
    let url: String
    let sessionID: String
    let executors: Int
    /// The build it works for.
    var hold: HeldBuild?
}

extension ClusterScene {
    /// The master is killed, and another one goes on from what lies in the store.
    ///
    /// - Returns: The slaves, none of which the new one knows.
    mutating func restart() -> [OrphanedSlave] {
        let orphans = cluster.slaveTable.values.filter(\.isAlive).sorted { $0.id < $1.id }.map(orphan)
        cluster = Cluster(
            policy: cluster.policy,
            lastBuild: stored.counters[.build] ?? 0,
            lastSlave: stored.counters[.slave] ?? 0,
            lastLease: stored.counters[.lease] ?? 0
        )
        let unfinished = stored.unfinished
        let health = Array(stored.health.values)
        decide { $0.resume(unfinished, health: health, at: $1, &$2) }
        return orphans
    }

    private func orphan(_ slave: SlaveStateMachine) -> OrphanedSlave {
        var orphan = OrphanedSlave(id: slave.id, url: slave.url, sessionID: slave.sessionID, executors: slave.executors)
        guard let build = slave.build else { return orphan }
        let setup = cluster.builds[build]?.crew[slave.id]?.setup
        orphan.hold = HeldBuild(
            build: build,
            isSetUp: slave.phase == .working(build: build),
            isLeaving: slave.phase == .tearingDown(build: build),
            executors: setup?.executors ?? 1,
            firstExecutorIndex: setup?.firstExecutorIndex ?? 0,
            leases: inbox[slave.id, default: []].filter { $0.build == build }.map(\.lease)
        )
        return orphan
    }

    /// A slave from before the restart registers, connects, and goes on with what it is not told to stop.
    mutating func readmit(_ orphan: OrphanedSlave) -> Int {
        let slave = register(
            orphan.url,
            executors: orphan.executors,
            session: orphan.sessionID,
            hold: orphan.hold
        )
        let lost = lostLeases[slave] ?? []
        let kept = inbox[orphan.id, default: []].filter { $0.build == orphan.hold?.build && !lost.contains($0.lease) }
        inbox[slave, default: []] += kept
        origins[slave] = origins[orphan.id] ?? orphan.id
        connect(slave)
        return slave
    }
}

extension StoredState {
    /// What a master finds that starts.
    var unfinished: [StoredBuild] {
        builds.values.filter { !$0.state.isFinal }.map { build in
            StoredBuild(
                record: build,
                subjobs: subjobs.values.filter { $0.buildID == build.id }.sorted { $0.id < $1.id },
                atoms: atoms.values.filter { $0.buildID == build.id }
                    .sorted { ($0.subjobID, $0.id) < ($1.subjobID, $1.id) },
                slaveFailures: slaveFailures[build.id] ?? []
            )
        }
    }
}
