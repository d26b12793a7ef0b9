import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerScheduling

@Suite struct WaitingTests {
    private func reason(_ scene: ClusterScene, _ build: BuildID) -> String? {
        scene.cluster.waitingFor(build: build, at: scene.now)
    }

    @Test func `A build that is queued waits for its turn, and then for its preparation`() {
        var scene = ClusterScene()
        let build = scene.request()
        #expect(reason(scene, build) == "its turn to be prepared")
        scene.startPreparing(build)
        scene.pass(.milliseconds(2600))
        #expect(reason(scene, build) == "its project to be fetched and its atoms to be listed, for 3 s")
    }

    @Test func `A teardown that other builds wait for is named, with its age`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let first = scene.build([1])
        scene.setUp(slave, first)
        scene.cancel(first)
        let second = scene.build([1])
        scene.pass(.seconds(4))
        #expect(reason(scene, second) == "a free slave: teardown of build 1 on slave 1 for 4 s")
        scene.pass(.seconds(250))
        #expect(reason(scene, second) == "a free slave: teardown of build 1 on slave 1 for 4 min")
    }

    @Test func `Artifacts that the master has no room for are named, until it takes them`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.build([1])
        scene.setUp(slave, build)
        let reason = "only 3 MiB are free"
        scene.cluster.uploadWasRefused(from: slave, because: "only 9 MiB are free", at: scene.now)
        scene.pass(.seconds(7))
        scene.cluster.uploadWasRefused(from: slave, because: reason, at: scene.now)
        let told = self.reason(scene, build)
        #expect(
            told?.hasPrefix("room for the artifacts of slave 1, for 7 s: only 3 MiB are free; 1 atom left") == true
        )
        scene.cluster.uploadWasRefused(from: slave, because: nil, at: scene.now)
        #expect(self.reason(scene, build)?.contains("room") == false)
    }

    @Test func `A build that has ended, or never was, waits for nothing`() {
        var scene = ClusterScene()
        let build = scene.build([1])
        scene.cancel(build)
        #expect(reason(scene, build) == nil)
        #expect(reason(scene, 77) == nil)
    }

    @Test func `Without slaves there is nobody to wait for`() {
        var scene = ClusterScene()
        let build = scene.build([1])
        #expect(reason(scene, build) == "a slave to connect")
        let slave = scene.slave("a:1")
        scene.shutDown(slave)
        scene.cancel(build)
        scene.tearDown(slave, build)
        let second = scene.build([1])
        #expect(reason(scene, second) == "a slave to connect", "one that drains does not count")
    }

    @Test func `Slaves that are not free are named with what keeps them`() {
        var scene = ClusterScene()
        let busy = scene.slave("a:1")
        let first = scene.build([1])
        scene.setUp(busy, first)
        _ = scene.register("b:1")
        let second = scene.build([1])
        #expect(
            reason(scene, second) == "a free slave: slave 1 works for build 1, slave 2 is not connected"
        )
    }

    @Test func `Of many slaves only the first five are named`() throws {
        var scene = ClusterScene()
        for number in 1...7 { _ = scene.register("host\(number):1") }
        let build = scene.build([1])
        let names = try #require(reason(scene, build))
        #expect(names.contains("slave 5 is not connected") && !names.contains("slave 6"))
    }

    @Test func `A slave in quarantine is named with the time that is left of it`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        for _ in 1...2 {
            let build = scene.build([1])
            scene.setUp(slave, build, failure: "no disk")
            scene.cancel(build)
            scene.tearDown(slave, build)
        }
        let build = scene.build([1])
        scene.pass(.seconds(4))
        #expect(reason(scene, build) == "a free slave: slave 1 is in quarantine for 6 s")
    }

    @Test func `Slaves that set the build up are named with how long they have`() {
        var scene = ClusterScene()
        _ = scene.slave("a:1")
        let build = scene.build([1, 1])
        scene.pass(.seconds(3))
        _ = scene.slave("b:1")
        scene.pass(.seconds(2))
        #expect(
            reason(scene, build) == "slave 1 to set up the build, for 5 s; slave 2 to set up the build, for 2 s"
        )
    }

    @Test func `Of many slaves that set the build up only the first five are named, and the others are counted`() {
        var scene = ClusterScene()
        for number in 1...7 { _ = scene.slave("host\(number):1") }
        let build = scene.build(Array(repeating: 1, count: 7))
        let names = reason(scene, build) ?? ""
        #expect(names.contains("slave 5 to set up the build") && !names.contains("slave 6"))
        #expect(names.hasSuffix("; 2 more slaves"))
    }

    @Test func `A slave whose line is gone is named with when it will be given up`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.build([1])
        scene.setUp(slave, build)
        scene.decide { cluster, _, _ in cluster.disconnected(slave: slave) }
        scene.pass(.seconds(4))
        #expect(
            reason(scene, build)
                == "slave 1 lost 4 s ago, lease ends in 6 s; 1 atom left: 0.0 on slave 1 for 4 s"
        )
        scene.pass(.seconds(60))
        #expect(reason(scene, build)?.contains("lost 64 s ago, lease ends in 0 s") == true)
    }
}

// MARK: Work

extension WaitingTests {
    @Test func `The three atoms that run longest are named, and all are counted`() {
        var scene = ClusterScene()
        let slaves = [scene.slave("a:1", executors: 2), scene.slave("b:1", executors: 2)]
        let build = scene.build([1, 1, 1, 1])
        scene.setUp(slaves[0], build)
        scene.pass(.seconds(2))
        scene.setUp(slaves[1], build)
        scene.pass(.seconds(1))
        #expect(
            reason(scene, build)
                == "4 atoms left: 0.0 on slave 1 for 3 s; 1.0 on slave 1 for 3 s; 2.0 on slave 2 for 1 s"
        )
    }

    @Test(arguments: [(20.4, "20 s"), (1e300, "1000000000000000 min")])
    func `An atom that was seen before is named with what it should take`(time: Double, text: String) {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.request()
        scene.startPreparing(build)
        let atoms = [time, 0].enumerated().map { number, time in
            PlannedAtom(atom: Atom(variable: "V", value: "\(number)"), expectedTime: time)
        }
        let plan = BuildPlan(
            projectID: "project",
            job: Job(name: "job", command: "run", atomizers: []),
            slaveParameters: ProjectParameters([:]),
            subjobs: [PlannedSubjob(atoms: atoms, expectedTime: time)]
        )
        scene.decide { $0.prepared(build: build, plan: plan, at: $1, &$2) }
        scene.setUp(slave, build)
        #expect(reason(scene, build) == "2 atoms left: 0 on slave 1 for 0 s, expected \(text)")
        // The next atom of the lease is the one that runs.
        scene.report(slave, build, Array(scene.inbox[slave, default: []][0].reports().prefix(1)))
        #expect(reason(scene, build) == "1 atom left: 1 on slave 1 for 0 s, expected under 1 s")
    }

    @Test func `Atoms that are kept after a restart are counted, with how long they are`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1", executors: 2)
        let build = scene.build([1, 1, 1])
        scene.setUp(slave, build)
        let held = scene.inbox[slave]?.count ?? 0
        #expect(held == 3)
        _ = scene.restart()
        scene.pass(.seconds(3))
        #expect(
            reason(scene, build)
                == "3 atoms kept for slaves from before the restart, for 7 s more; a slave to connect"
        )
        scene.pass(.seconds(7))
        scene.expire()
        #expect(reason(scene, build) == "a slave to connect")
    }
}
