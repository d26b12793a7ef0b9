import Testing

@testable import ClusterRunnerCore

@Suite struct ClusterInvariantTests {
    static let seeds = Array(1...250) + [UInt64.random(in: 251...(.max))]

    /// The argument is the seed; the same one makes the same things happen.
    @Test(arguments: seeds)
    func `Whatever happens, the books balance, and every build comes to an end`(seed: UInt64) {
        var chaos = ClusterChaos(seed: seed)
        var leases = LeaseBook()
        for step in 0..<80 {
            chaos.step()
            let faults = faults(in: chaos.scene) + leases.faults(in: chaos.scene)
            guard faults.isEmpty else { return fail(faults, seed, "step \(step)") }
        }
        chaos.calmDown()
        let faults = faults(in: chaos.scene) + faultsAtTheEnd(of: chaos.scene)
        if !faults.isEmpty { fail(faults, seed, "the end") }
    }

    private func fail(_ faults: [String], _ seed: UInt64, _ place: String) {
        Issue.record("Seed \(seed), \(place): \(faults.joined(separator: "; "))")
    }

    private func faults(in scene: ClusterScene) -> [String] {
        scene.stored.breaches
            + scene.cluster.builds.values.flatMap { faults(of: $0, in: scene) }
            + scene.cluster.slaveTable.values.flatMap { faults(of: $0, in: scene.cluster) }
            + waste(in: scene.cluster)
    }

    private func faults(of build: BuildStateMachine, in scene: ClusterScene) -> [String] {
        let held = build.crew.values.flatMap(\.held) + build.awaited
        let open = build.subjobs.indices.filter { build.subjobs[$0].open > 0 }
        let completed = scene.stored.atoms.filter { $0.key.build == build.id && $0.value.state == .completed }
        let executors = build.crew.values.map(\.executors)
        let indices = build.crew.values.flatMap {
            $0.setup.firstExecutorIndex..<($0.setup.firstExecutorIndex + $0.executors)
        }
        let job = build.record.job
        var rules: [(String, Bool)] = []
        rules.append(("each open subjob waits or is held, once", (held + build.waiting).sorted() == open))
        rules.append(("open subjobs are counted", build.openSubjobs == open.count))
        rules.append(("no ended build is kept", !build.state.isFinal))
        rules.append(("stored as it is", scene.stored.builds[build.id] == build.record))
        rules.append(("completed atoms are counted", build.record.progress.completedAtoms == completed.count))
        rules.append(("executors are told apart", Set(indices).count == indices.count))
        rules.append(("max_executors", executors.reduce(0, +) <= job?.maxExecutors ?? .max))
        rules.append(("max_executors_per_slave", executors.allSatisfy { $0 <= job?.maxExecutorsPerSlave ?? .max }))
        rules.append(
            ("the crew works for it", build.crew.keys.allSatisfy { scene.cluster.slaveTable[$0]?.build == build.id })
        )
        rules.append(
            (
                "held by who the record says",
                build.crew.allSatisfy { slave, member in
                    member.held.allSatisfy { build.subjobs[$0].record.slaveID == slave }
                }
            )
        )
        return rules.filter { !$0.1 }.map { "build \(build.id): not so: \($0.0)" }
    }

    private func faults(of slave: SlaveStateMachine, in cluster: Cluster) -> [String] {
        switch slave.phase {
        case .idle, .lost, .tearingDown: []
        case .settingUp(let build), .working(let build):
            cluster.builds[build]?.crew[slave.id] == nil ? ["slave \(slave.id) works for nobody"] : []
        }
    }

    /// Work that waits beside somebody who could do it.
    private func waste(in cluster: Cluster) -> [String] {
        let free = cluster.slaveTable.values.filter(\.isAvailable)
        return cluster.builds.values.filter { $0.wantedExecutors > 0 && !free.isEmpty }
            .map { "build \($0.id) wants executors while slaves are idle" }
            + cluster.slaveTable.values.compactMap { idleExecutors(of: $0, in: cluster) }
    }

    private func idleExecutors(of slave: SlaveStateMachine, in cluster: Cluster) -> String? {
        guard case .working(let id) = slave.phase, !slave.isShuttingDown, let build = cluster.builds[id],
            let member = build.crew[slave.id], !build.waiting.isEmpty, member.held.count < member.executors
        else { return nil }
        return "slave \(slave.id) has idle executors while subjobs of build \(id) wait"
    }

    private func faultsAtTheEnd(of scene: ClusterScene) -> [String] {
        let endless = scene.stored.builds.values.filter { !$0.state.isFinal }.map { "build \($0.id) never ends" }
        let green = scene.stored.builds.values.filter { $0.result == .noFailures }.flatMap { build in
            scene.exitCodes(build.id).joined().contains { $0 != 0 } ? ["build \(build.id) is green too soon"] : []
        }
        let open = scene.stored.atoms.filter { !$0.value.state.isFinal }.keys.map { "\($0) is open" }
        return endless + green + open
    }
}

/// Every lease that was ever given, to see that numbers only grow and that none changes its meaning.
private struct LeaseBook {
    private struct Entry: Equatable {
        let slave: Int
        let build: Int
        let subjob: Int
    }

    private var entries: [Int: Entry] = [:]
    private var seen: [Int: Int] = [:]
    private var last = 0

    mutating func faults(in scene: ClusterScene) -> [String] {
        var faults: [String] = []
        var new: [(lease: Int, Entry)] = []
        for (slave, inbox) in scene.inbox {
            for sent in inbox.dropFirst(seen[slave] ?? 0) {
                let origin = scene.origins[slave] ?? slave
                let entry = Entry(slave: origin, build: sent.build, subjob: sent.subjob)
                if entries[sent.lease] == entry, origin != slave { continue }
                if entries[sent.lease] != nil { faults.append("lease \(sent.lease) is given twice") }
                if sent.lease <= last { faults.append("lease \(sent.lease) comes after \(last)") }
                new.append((sent.lease, entry))
            }
            seen[slave] = inbox.count
        }
        for (lease, entry) in new { entries[lease] = entry }
        last = max(last, new.map(\.lease).max() ?? 0)
        return faults
    }
}
