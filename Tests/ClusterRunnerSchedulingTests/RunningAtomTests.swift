import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerJobFile
import Testing

@testable import ClusterRunnerScheduling

/// The atoms that run, for people who watch their build.
@Suite struct RunningAtomTests {
    private func running(_ scene: ClusterScene, _ build: BuildID, limit: Int = 10) -> [String] {
        scene.cluster.atomsInProgress(of: build, at: scene.now, limit: limit).map { atom in
            "\(atom.atom.title) on \(atom.slaveName ?? "\(atom.slave)") for \(atom.seconds)"
        }
    }

    private func say(
        _ scene: inout ClusterScene,
        _ slave: SlaveID,
        _ build: BuildID,
        _ lease: LeaseGrant,
        age: Double
    ) {
        let claim = LeasedAtom(lease: lease.lease, subjob: lease.subjob, atom: lease.atoms[0].id)
        let leases = scene.inbox[slave, default: []].map(\.lease)
        let atom = RunningAtom(claim: claim, executor: 0, age: age)
        let heartbeat = SlaveHeartbeat(build: build, leases: leases, running: [atom])
        _ = scene.decide { $0.heartbeat(slave: slave, heartbeat, at: $1, &$2) }
    }

    @Test func `What a slave has not named yet is taken to run on its free executors, since it was given`() throws {
        var scene = ClusterScene()
        let slave = scene.slave("a:1", executors: 2)
        let build = scene.build([1, 1, 1, 1])
        scene.setUp(slave, build)
        let work = scene.inbox[slave, default: []]
        #expect(work.count > 2, "more than it can run is kept ready")
        scene.pass(.seconds(3))
        #expect(running(scene, build) == ["0.0 on 1 for 3.0", "1.0 on 1 for 3.0"])
        // The slave's word counts, and leaves one executor.
        say(&scene, slave, build, work[1], age: 1.5)
        #expect(running(scene, build) == ["0.0 on 1 for 3.0", "1.0 on 1 for 1.5"])
        #expect(running(scene, build, limit: 1) == ["0.0 on 1 for 3.0"])
        // What follows a report began with it.
        scene.report(slave, work[0])
        scene.pass(.seconds(2))
        #expect(running(scene, build) == ["1.0 on 1 for 3.5", "2.0 on 1 for 2.0"])
    }

    @Test func `Of a subjob of several atoms the first without a result runs`() throws {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.build([3])
        scene.setUp(slave, build)
        scene.pass(.seconds(4))
        let reports = scene.inbox[slave, default: []][0].reports()
        scene.report(slave, build, Array(reports.prefix(1)))
        scene.pass(.seconds(1))
        #expect(running(scene, build) == ["0.1 on 1 for 1.0"])
        scene.report(slave, build, Array(reports.dropFirst()))
        #expect(running(scene, build) == [])
        #expect(running(scene, 99) == [])
    }

    @Test func `Executors without a lease of their own share the atoms of another one`() throws {
        var scene = ClusterScene()
        let slave = scene.slave("a:1", executors: 3)
        let build = scene.build([4])
        scene.setUp(slave, build)
        scene.pass(.seconds(2))
        #expect(running(scene, build) == ["0.0 on 1 for 2.0", "0.1 on 1 for 2.0", "0.2 on 1 for 2.0"])
        say(&scene, slave, build, scene.inbox[slave, default: []][0], age: 1.5)
        #expect(running(scene, build) == ["0.1 on 1 for 2.0", "0.2 on 1 for 2.0", "0.0 on 1 for 1.5"])
    }

    @Test func `A slave that sets the build up runs nothing`() {
        var scene = ClusterScene()
        _ = scene.slave("a:1")
        #expect(running(scene, scene.build([1])) == [])
    }

    @Test func `A very long name is shortened in a sentence`() {
        let name = String(repeating: "é", count: 500)
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.request()
        scene.startPreparing(build)
        scene.decide { $0.prepared(build: build, plan: .named([name, ""]), at: $1, &$2) }
        scene.setUp(slave, build)
        let reason = scene.cluster.waitingFor(build: build, at: scene.now)
        #expect(reason == "2 atoms left: \(String(repeating: "é", count: 119))… on slave 1 for 0 s")
    }
}
