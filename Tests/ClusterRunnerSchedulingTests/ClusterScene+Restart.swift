import ClusterRunnerDomain

@testable import ClusterRunnerScheduling

/// A slave whose master was killed, with its own state.
struct OrphanedSlave {
    let id: SlaveID
    let url: String
    let sessionID: String
    let executors: Int
    /// The build it works for.
    var hold: HeldBuild?
}

extension ClusterScene {
    /// Kills the master and starts another one from the stored state.
    ///
    /// - Returns: The slaves, which the new master does not know.
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

    /// Registers and connects a slave from before the restart, which continues its work except for lost leases.
    mutating func readmit(_ orphan: OrphanedSlave) -> SlaveID {
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
    /// The unfinished builds that a master finds at its start.
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
