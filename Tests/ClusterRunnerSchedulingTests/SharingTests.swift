import ClusterRunnerDomain
import ClusterRunnerJobFile
import Testing

@testable import ClusterRunnerScheduling

@Suite struct SharingTests {
    /// Makes a build on slaves of one executor that are set up for it, each with one subjob of a given size.
    private func scene(_ atoms: [Int]) -> (ClusterScene, build: BuildID, [SlaveID]) {
        var scene = ClusterScene()
        let slaves = atoms.indices.map { scene.slave("host\($0):1") }
        let build = scene.build(atoms)
        for slave in slaves { scene.setUp(slave, build) }
        return (scene, build, slaves)
    }

    /// Returns the atoms that the last event asked a slave to give back.
    private func asked(_ slave: SlaveID, _ scene: ClusterScene) -> [LeaseAtoms] {
        for case .giveBack(_, let parts) in scene.instructions[slave] ?? [] { return parts }
        return []
    }

    private func atoms(_ grants: [LeaseGrant]) -> [[AtomIndex]] { grants.map { $0.atoms.map(\.id) } }

    @Test func `When executors are idle and nothing waits, a slave is asked for what it would begin last`() {
        var (scene, _, slaves) = scene([5, 1])
        let long = scene.inbox[slaves[0], default: []][0]
        #expect(atoms([long]) == [[0, 1, 2, 3, 4]])
        scene.report(slaves[1], scene.inbox[slaves[1], default: []][0])
        let last = [LeaseAtoms(lease: long.lease, atoms: [3, 4])]
        #expect(asked(slaves[0], scene) == last, "half of what it cannot have begun")
        #expect(scene.phase(slaves[1]) == .working(build: 1), "the idle slave stays")
    }

    @Test func `A batch keeps one executor busy, and is not asked for once it has begun`() {
        var scene = ClusterScene()
        let slaves = [scene.slave("host0:1", executors: 2), scene.slave("host1:1")]
        let build = scene.build([5, 4, 3]) { $0.batch = true }
        scene.setUp(slaves[0], build)
        #expect(atoms(scene.inbox[slaves[0], default: []]).map(\.count) == [5, 4], "a batch for each executor")
        scene.setUp(slaves[1], build)
        #expect(atoms(scene.inbox[slaves[1], default: []]).map(\.count) == [3])
        scene.report(slaves[1], scene.inbox[slaves[1], default: []][0])
        #expect(asked(slaves[0], scene).isEmpty, "Both batches run.")
        scene.runToTheEnd()
        #expect(scene.record(build)?.result == .noFailures && scene.stored.breaches.isEmpty)
    }

    @Test func `What is given back is handed to the idle executor under a new lease, as the same atoms`() {
        var (scene, build, slaves) = scene([5, 1])
        let long = scene.inbox[slaves[0], default: []][0]
        scene.report(slaves[1], scene.inbox[slaves[1], default: []][0])
        scene.giveBack(slaves[0], build, [LeaseAtoms(lease: long.lease, atoms: [3, 4])])
        let moved = scene.inbox[slaves[1], default: []].last
        #expect(moved?.subjob == long.subjob && (moved?.lease ?? 0) > long.lease)
        #expect(moved?.atoms.map(\.id) == [3, 4])
        #expect(scene.stored.subjob(build, 0)?.parts.map(\.atoms) == [[0, 1, 2], [3, 4]])
        #expect(scene.stored.subjob(build, 0)?.attempts == 1)
        scene.runToTheEnd()
        #expect(scene.record(build)?.result == .noFailures)
        #expect(scene.exitCodes(build) == [[0, 0, 0, 0, 0], [0]])
        #expect(scene.stored.subjob(build, 0)?.state == .completed)
        #expect(scene.stored.subjob(build, 0)?.parts == [])
        #expect(scene.stored.breaches.isEmpty)
    }

    @Test func `An atom that was given back is refused from whoever gave it`() {
        var (scene, build, slaves) = scene([5, 1])
        let long = scene.inbox[slaves[0], default: []][0]
        scene.report(slaves[1], scene.inbox[slaves[1], default: []][0])
        scene.giveBack(slaves[0], build, [LeaseAtoms(lease: long.lease, atoms: [4])])
        let answer = scene.report(slaves[0], build, long.reports().filter { $0.atom > 2 })
        #expect(answer.refused.map(\.atom) == [4])
        #expect(answer.refused.map(\.reason) == ["Atom 4 of subjob 0 was given back under lease \(long.lease)."])
        #expect(scene.exitCodes(build)[0] == [nil, nil, nil, 0, nil])
    }

    @Test func `Said twice, late, of too much or by somebody else, giving back changes nothing more`() {
        var (scene, build, slaves) = scene([5, 1])
        let long = scene.inbox[slaves[0], default: []][0]
        scene.report(slaves[1], scene.inbox[slaves[1], default: []][0])
        scene.giveBack(slaves[1], build, [LeaseAtoms(lease: long.lease, atoms: [3, 4])])
        #expect(scene.inbox[slaves[1]]?.count == 1)
        scene.report(slaves[0], build, long.reports().filter { $0.atom == 3 })
        for _ in 0..<2 { scene.giveBack(slaves[0], build, [LeaseAtoms(lease: long.lease, atoms: [3, 4, 4, 99, -1])]) }
        #expect(atoms(Array(scene.inbox[slaves[1], default: []].dropFirst())) == [[4]])
        scene.runToTheEnd()
        #expect(scene.record(build)?.progress.completedAtoms == 6)
        #expect(scene.stored.atoms.values.allSatisfy { $0.attempts == 1 })
        #expect(scene.stored.breaches.isEmpty)
    }

    @Test func `Who has nothing to give back says so, and the idle slave goes home`() {
        var (scene, build, slaves) = scene([2, 1])
        let long = scene.inbox[slaves[0], default: []][0]
        scene.report(slaves[1], scene.inbox[slaves[1], default: []][0])
        #expect(asked(slaves[0], scene) == [LeaseAtoms(lease: long.lease, atoms: [1])])
        scene.report(slaves[0], build, long.reports().filter { $0.atom == 0 })
        scene.giveBack(slaves[0], build, [LeaseAtoms(lease: long.lease, atoms: [])])
        #expect(scene.phase(slaves[1]) == .tearingDown(build: build))
    }

    @Test func `The idle slave goes home when the one that was asked is done before it answers`() {
        var (scene, build, slaves) = scene([2, 1, 1])
        scene.report(slaves[1], scene.inbox[slaves[1], default: []][0])
        #expect(scene.phase(slaves[1]) == .working(build: build))
        scene.report(slaves[0], scene.inbox[slaves[0], default: []][0])
        #expect(scene.phase(slaves[1]) == .tearingDown(build: build))
    }

    @Test func `What would be begun in no time is left where it is`() {
        var (scene, build, slaves) = scene([3, 1])
        var reports = scene.inbox[slaves[1], default: []][0].reports()
        reports[0].result.seconds = 0.01
        scene.report(slaves[1], build, reports)
        #expect(asked(slaves[0], scene) == [])
        #expect(scene.phase(slaves[1]) == .tearingDown(build: build))
    }

    @Test func `A slave that was asked and came back is asked again`() {
        var (scene, _, slaves) = scene([5, 1])
        scene.report(slaves[1], scene.inbox[slaves[1], default: []][0])
        let parts = asked(slaves[0], scene)
        scene.connect(slaves[0])
        #expect(asked(slaves[0], scene) == parts && !parts.isEmpty)
    }

    @Test func `A slave that cannot be reached is not asked`() {
        var (scene, _, slaves) = scene([5, 1])
        scene.decide { [slave = slaves[0]] cluster, _, _ in cluster.disconnected(slave: slave) }
        scene.report(slaves[1], scene.inbox[slaves[1], default: []][0])
        #expect(asked(slaves[0], scene) == [])
    }

    @Test func `When one of two that share a subjob is lost, only its atoms run again`() {
        var (scene, build, slaves) = scene([5, 1])
        let long = scene.inbox[slaves[0], default: []][0]
        scene.report(slaves[1], scene.inbox[slaves[1], default: []][0])
        scene.giveBack(slaves[0], build, [LeaseAtoms(lease: long.lease, atoms: [3, 4])])
        scene.leave(slaves[0])
        let moved = scene.inbox[slaves[1], default: []][1]
        #expect(moved.atoms.map(\.id) == [3, 4])
        scene.report(slaves[1], moved)
        #expect(scene.inbox[slaves[1], default: []].last?.atoms.map(\.id) == [0, 1, 2])
        #expect(scene.stored.subjob(build, 0)?.lostSlaves == ["host0:1"])
        scene.runToTheEnd()
        #expect(scene.record(build)?.result == .noFailures)
        #expect(scene.stored.breaches.isEmpty)
    }

    @Test func `After a restart each slave goes on with its part, and what nobody had waits`() {
        var (scene, build, slaves) = scene([5, 1, 2])
        let long = scene.inbox[slaves[0], default: []][0]
        scene.report(slaves[1], scene.inbox[slaves[1], default: []][0])
        scene.giveBack(slaves[0], build, [LeaseAtoms(lease: long.lease, atoms: [3, 4])])
        let orphans = scene.restart()
        let back = orphans.prefix(2).map { scene.readmit($0) }
        let setUp = back.map { scene.cluster.builds[build]?.crew[$0]?.held.values.map(\.outstanding) ?? [] }
        #expect(setUp == [[[0, 1, 2]], [[3, 4]]])
        scene.runToTheEnd()
        scene.pass(.seconds(10))
        for slave in back { scene.hear(slave) }
        scene.expire()
        scene.runToTheEnd()
        #expect(scene.record(build)?.result == .noFailures)
        #expect(scene.stored.atoms.values.allSatisfy { $0.attempts == 1 })
        #expect(scene.stored.breaches.isEmpty)
    }
}
