import Testing

@testable import ClusterRunnerCore

@Suite struct QuarantineTests {
    /// A build whose set-up fails on a slave, which then tears down.
    private func fail(_ scene: inout ClusterScene, _ slave: Int) -> Int {
        let build = scene.build([1])
        scene.setUp(slave, build, failure: "no disk")
        scene.cancel(build)
        scene.tearDown(slave, build)
        return build
    }

    @Test func `Failed set-ups of two builds keep a slave out, each time for twice as long`() {
        var scene = ClusterScene()
        let slave = scene.slave("host:1")
        _ = fail(&scene, slave)
        #expect(scene.cluster.slaveTable[slave]?.quarantine == nil)
        _ = fail(&scene, slave)
        #expect(scene.cluster.slaveTable[slave]?.quarantine?.pause == .seconds(10))
        #expect(scene.stored.events.last { $0.tag == "SLAVE_QUARANTINED" }?.data["builds"] == [1, 2])
        let build = scene.build([1])
        #expect(scene.phase(slave) == .idle)
        #expect(scene.cluster.waitingFor(build: build, at: scene.now)?.contains("quarantine for 10 s") == true)
        scene.pass(.seconds(9))
        scene.hear(slave)
        scene.expire()
        #expect(scene.phase(slave) == .idle)
        scene.pass(.seconds(1))
        scene.expire()
        #expect(scene.phase(slave) == .settingUp(build: build))
        scene.setUp(slave, build, failure: "no disk")
        #expect(scene.cluster.slaveTable[slave]?.quarantine?.pause == .seconds(20))
    }

    @Test func `A set-up that succeeds ends the suspicion`() {
        var scene = ClusterScene()
        let slave = scene.slave("host:1")
        _ = fail(&scene, slave)
        let good = scene.build([1])
        scene.setUp(slave, good)
        scene.reportAll(slave)
        scene.tearDown(slave, good)
        _ = fail(&scene, slave)
        #expect(scene.cluster.slaveTable[slave]?.quarantine == nil)
    }

    @Test func `A build that fails on several slaves is to blame itself`() {
        var scene = ClusterScene()
        let slaves = [scene.slave("host1:1"), scene.slave("host2:1")]
        for _ in 1...2 {
            let build = scene.build([1, 1])
            for slave in slaves { scene.setUp(slave, build, failure: "bad script") }
            scene.cancel(build)
            for slave in slaves { scene.tearDown(slave, build) }
        }
        #expect(slaves.allSatisfy { scene.cluster.slaveTable[$0]?.quarantine == nil })
    }

    @Test func `Failures of one and the same build do not count twice`() {
        var scene = ClusterScene()
        let slave = scene.slave("host:1")
        let build = scene.build([1])
        for _ in 1...3 {
            scene.setUp(slave, build, failure: "no")
            scene.tearDown(slave, build)
        }
        #expect(scene.cluster.slaveTable[slave]?.quarantine == nil)
    }

    @Test func `A quarantine is never longer than the longest`() {
        var scene = ClusterScene(policy: ClusterPolicy(quarantine: .seconds(10), longestQuarantine: .seconds(15)))
        let slave = scene.slave("host:1")
        for _ in 1...5 {
            _ = fail(&scene, slave)
            guard let pause = scene.cluster.slaveTable[slave]?.quarantine?.pause else { continue }
            #expect(pause <= .seconds(15))
            scene.pass(pause)
            scene.hear(slave)
            scene.expire()
        }
        #expect(scene.cluster.slaveTable[slave]?.lastPause == .seconds(15))
    }
}
