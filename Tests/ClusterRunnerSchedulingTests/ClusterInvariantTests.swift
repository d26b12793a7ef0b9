import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerScheduling

@Suite struct ClusterInvariantTests {
    static let seeds = Array(1...250) + [UInt64.random(in: 251...(.max))]

    /// The argument is the seed, which determines all events.
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

    @Test func `In all that happens, atoms do move from one slave to another, and some are run twice`() {
        var (moved, doubled) = (0, 0)
        for seed in Self.seeds.prefix(200) {
            var chaos = ClusterChaos(seed: seed)
            for _ in 0..<80 { chaos.step() }
            moved += chaos.moved
            doubled += chaos.scene.stored.events.count { $0.data["is_second_run"] == true }
        }
        #expect(moved > 10)
        #expect(doubled > 10)
    }

    @Test func `In all that happens, slaves do meet obstacles, and what they cannot run others do`() {
        var (aside, ended) = (0, 0)
        for seed in Self.seeds.prefix(100) {
            var chaos = ClusterChaos(seed: seed)
            for _ in 0..<80 { chaos.step() }
            chaos.calmDown()
            let stored = chaos.scene.stored
            aside += stored.attempts.count(where: \.isObstructed)
            ended += stored.atoms.values.count { $0.obstructions > 0 && $0.state == .completed }
        }
        #expect(aside > 10)
        #expect(ended > 5)
    }

    private func fail(_ faults: [String], _ seed: UInt64, _ place: String) {
        Issue.record("Seed \(seed), \(place): \(faults.joined(separator: "; "))")
    }

    private func faults(in scene: ClusterScene) -> [String] {
        scene.stored.breaches
            + scene.cluster.builds.values.flatMap { faults(of: $0, in: scene) }
            + scene.cluster.slaveTable.values.flatMap { faults(of: $0, in: scene.cluster) }
            + faults(of: scene.cluster.slaveTable)
            + waste(in: scene.cluster, at: scene.now)
    }

    private func faults(of build: BuildStateMachine, in scene: ClusterScene) -> [String] {
        let open = build.subjobs.indices.filter { build.subjobs[$0].open > 0 }
        let completed = scene.stored.atoms.filter { $0.key.build == build.id && $0.value.state == .completed }
        let executors = build.crew.values.map(\.executors)
        let indices = build.crew.values.flatMap {
            $0.setup.firstExecutorIndex..<($0.setup.firstExecutorIndex + $0.executors)
        }
        let job = build.record.job
        var rules: [(String, Bool)] = []
        rules.append(("each open atom waits or is held, once", build.openAtomsAreAccountedFor))
        rules.append(("the queue holds each subjob once", Set(build.waiting).count == build.waiting.count))
        rules.append(("the store knows who holds what", storeKnowsLeases(of: build, in: scene)))
        rules.append(("the work that waits is summed up", build.workIsSummedUp))
        rules.append(("the crew is summed up", build.crewIsSummedUp))
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
        rules.append(("held by who the subjob says", build.holdersAreKnown))
        return rules.filter { !$0.1 }.map { "build \(build.id): not so: \($0.0)" }
    }

    /// Whether a restart would find each lease with its atoms.
    ///
    /// Leases with atoms to be run again are excluded: they end with a restart.
    private func storeKnowsLeases(of build: BuildStateMachine, in scene: ClusterScene) -> Bool {
        build.subjobs.allSatisfy { subjob in
            let open = Set(subjob.atoms.filter { !$0.state.isFinal }.map(\.id))
            guard !open.isEmpty, !subjob.atoms.contains(where: { open.contains($0.id) && $0.attempts > 0 }) else {
                return true
            }
            guard let record = scene.stored.subjob(build.id, subjob.record.id) else { return false }
            let parts =
                record.state != .inProgress
                ? []
                : record.parts.isEmpty
                    ? [LeaseAtoms(lease: record.lease ?? 0, atoms: open.sorted())] : record.parts
            let stored = parts.map { ($0.lease, open.intersection($0.atoms)) }.filter { !$0.1.isEmpty }
            let held = build.allLeases(of: subjob.record.id).map { ($0.id, Set($0.outstanding)) }
            return Dictionary(uniqueKeysWithValues: stored) == Dictionary(uniqueKeysWithValues: held)
        }
    }

    private func faults(of table: SlaveTable) -> [String] {
        let isRight =
            table.available == Set(table.values.filter(\.isAvailable).map(\.id))
            && table.connected == Set(table.values.filter(\.isConnected).map(\.id))
        return isRight ? [] : ["the table does not know who is available or connected"]
    }

    private func faults(of slave: SlaveStateMachine, in cluster: Cluster) -> [String] {
        switch slave.phase {
        case .idle, .lost, .tearingDown: []
        case .settingUp(let build), .working(let build):
            cluster.builds[build]?.crew[slave.id] == nil ? ["slave \(slave.id) works for nobody"] : []
        }
    }

    /// Returns the work that waits although a slave is free for it.
    private func waste(in cluster: Cluster, at now: Moment) -> [String] {
        cluster.builds.values.filter { $0.wantedExecutors > 0 && !cluster.availableSlaves(for: $0.id, at: now).isEmpty }
            .map { "build \($0.id) wants executors while a slave for it is idle" }
            + cluster.slaveTable.values.filter { cluster.isReachable($0.id, at: now) }
            .compactMap { idleExecutors(of: $0, in: cluster) }
    }

    private func idleExecutors(of slave: SlaveStateMachine, in cluster: Cluster) -> String? {
        guard case .working(let id) = slave.phase, !slave.isShuttingDown, let build = cluster.builds[id],
            let member = build.crew[slave.id], !build.waiting.isEmpty, !member.isLeaving, member.idleExecutors > 0
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

extension BuildStateMachine {
    /// All leases that are not completely reported, including those kept for slaves after a restart.
    private var allLeases: [Lease] { crew.values.flatMap(\.held.values) + awaited.values }

    fileprivate func allLeases(of subjob: SubjobID) -> [Lease] { allLeases.filter { $0.subjob == subjob } }

    fileprivate var openAtomsAreAccountedFor: Bool {
        subjobs.ids.allSatisfy { index in
            let held = allLeases(of: index).flatMap(\.outstanding)
            let atoms = subjobs[index].atoms
            let most = record.job?.speculate == true ? 2 : 1
            let areHeldOnce = atoms.allSatisfy { atom in
                (atom.state == .inProgress ? 1...most : 0...0).contains(held.count { $0 == atom.id })
            }
            let waits =
                atoms.contains { $0.state == .notStarted && $0.attempts == 0 }
                || atoms.contains { $0.state == .notStarted } && held.isEmpty
            let isQueued = waiting.contains(index)
            return areHeldOnce && isQueued == subjobs[index].isWaiting && (!waits || isQueued)
                && (!isQueued || atoms.contains { $0.state == .notStarted })
        }
    }

    fileprivate var workIsSummedUp: Bool {
        let waits = subjobs.ids.reduce(0.0) { sum, index in
            subjobs[index].atoms.reduce(sum) { $1.state == .notStarted ? $0 + cost(index, $1.id) : $0 }
        }
        let isRight = crew.values.allSatisfy { member in
            let atoms = member.held.values.flatMap { lease in lease.outstanding.map { cost(lease.subjob, $0) } }
            return member.atoms == atoms.count && abs(member.backlog - atoms.reduce(0, +)) < 1e-6
        }
        return abs(waits - waitingWork) < 1e-6 && isRight
    }

    fileprivate var crewIsSummedUp: Bool {
        let (total, values) = (crew.total, crew.values)
        let speed = values.reduce(0.0) { $0 + Double($1.executors) * $1.speed }
        let asked = values.map { member in member.held.values.count { !$0.asked.isEmpty } }
        return total.executors == values.reduce(0) { $0 + $1.executors }
            && total.settingUp == values.reduce(0) { $0 + ($1.isReady ? 0 : $1.executors) }
            && total.idleExecutors == values.reduce(0) { $0 + ($1.takesWork ? $1.idleExecutors : 0) }
            && abs(total.speed - speed) < 1e-6
            && abs(total.backlog - values.reduce(0) { $0 + $1.backlog }) < 1e-6
            && values.map(\.askedLeases) == asked && total.asked == asked.reduce(0, +)
            && crew.idle == Set(crew.filter { $0.value.isReady && $0.value.held.isEmpty }.keys)
    }

    fileprivate var holdersAreKnown: Bool {
        let live = subjobs.ids.flatMap { index in
            subjobs[index].live.map { [index.rawValue, $0.lease.rawValue, $0.slave?.rawValue ?? 0] }
        }
        let held = crew.flatMap { slave, member in
            member.held.values.map { [$0.subjob.rawValue, $0.id.rawValue, slave.rawValue] }
        }
        return Set(live) == Set(held + awaited.values.map { [$0.subjob.rawValue, $0.id.rawValue, 0] })
            && Set(live).count == live.count
    }
}

/// All leases ever granted, to check that numbers only grow and that no lease changes its meaning.
private struct LeaseBook {
    private struct Entry: Equatable {
        let slave: SlaveID
        let build: BuildID
        let subjob: SubjobID
    }

    private var entries: [LeaseID: Entry] = [:]
    private var seen: [SlaveID: Int] = [:]
    private var last: LeaseID = 0

    mutating func faults(in scene: ClusterScene) -> [String] {
        var faults: [String] = []
        var new: [(lease: LeaseID, Entry)] = []
        for (slave, handedOut) in scene.handedOut {
            for sent in handedOut.dropFirst(seen[slave] ?? 0) {
                let origin = scene.origins[slave] ?? slave
                let entry = Entry(slave: origin, build: sent.build, subjob: sent.subjob)
                if entries[sent.lease] == entry, origin != slave { continue }
                if entries[sent.lease] != nil { faults.append("lease \(sent.lease) is given twice") }
                if sent.lease <= last { faults.append("lease \(sent.lease) comes after \(last)") }
                new.append((sent.lease, entry))
            }
            seen[slave] = handedOut.count
        }
        for (lease, entry) in new { entries[lease] = entry }
        last = max(last, new.map(\.lease).max() ?? 0)
        return faults
    }
}
