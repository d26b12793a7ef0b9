import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerScheduling

@Suite struct QuarantineTests {
    /// Fails the set-up of a build on a slave, which then tears down.
    private func fail(_ scene: inout ClusterScene, _ slave: SlaveID) -> BuildID {
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
        #expect(scene.quarantine(slave) == nil)
        _ = fail(&scene, slave)
        #expect(scene.quarantine(slave)?.pause == .seconds(10))
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
        #expect(scene.quarantine(slave)?.pause == .seconds(20))
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
        #expect(scene.quarantine(slave) == nil)
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
        #expect(slaves.allSatisfy { scene.quarantine($0) == nil })
    }

    @Test func `Failures of one and the same build do not count twice`() {
        var scene = ClusterScene()
        let slave = scene.slave("host:1")
        let build = scene.build([1])
        for _ in 1...3 {
            scene.setUp(slave, build, failure: "no")
            scene.tearDown(slave, build)
        }
        #expect(scene.quarantine(slave) == nil)
    }

    @Test func `A quarantine is never longer than the longest`() {
        var scene = ClusterScene(policy: ClusterPolicy(quarantine: .seconds(10), longestQuarantine: .seconds(15)))
        let slave = scene.slave("host:1")
        for _ in 1...5 {
            _ = fail(&scene, slave)
            guard let pause = scene.quarantine(slave)?.pause else { continue }
            #expect(pause <= .seconds(15))
            scene.pass(pause)
            scene.hear(slave)
            scene.expire()
        }
        #expect(scene.cluster.health["host:1"]?.lastPause == .seconds(15))
    }

    @Test func `A slave that is started anew stays in quarantine, also when its master is`() throws {
        var scene = ClusterScene()
        let slave = scene.slave("host:1")
        for _ in 1...2 { _ = fail(&scene, slave) }
        scene.pass(.seconds(4))
        let again = scene.slave("host:1", session: "new")
        #expect(scene.quarantine(again)?.pause == .seconds(10))
        let orphan = try #require(scene.restart().first)
        let back = scene.readmit(orphan)
        let until = try #require(scene.quarantine(back)?.until)
        #expect(until.uptime - scene.now.uptime == .seconds(6))
        let build = scene.build([1])
        #expect(scene.phase(back) == .idle)
        scene.pass(.seconds(6))
        scene.hear(back)
        scene.expire()
        scene.setUp(back, build, failure: "no disk")
        #expect(scene.quarantine(back)?.pause == .seconds(20))
    }

    @Test func `A clock that is set back while the master is away makes no quarantine longer`() throws {
        let now = Moment(wall: 1000, uptime: .zero)
        let record = SlaveHealthRecord(
            url: "host:1",
            failedSetups: [1, 2],
            lastPause: 10,
            quarantinedUntil: 9000,
            changedAt: 8990
        )
        #expect(SlaveHealth(record, at: now).quarantine?.until.uptime == .seconds(10))
        let later = Moment(wall: 9001, uptime: .zero)
        #expect(SlaveHealth(record, at: later).quarantine == nil)
    }

    @Test func `What speaks against a slave that is gone is forgotten in time, and not while it is there`() {
        var scene = ClusterScene(policy: ClusterPolicy(healthMemory: .seconds(60)))
        let gone = scene.slave("gone:1")
        _ = fail(&scene, gone)
        scene.leave(gone)
        let there = scene.slave("there:1")
        _ = fail(&scene, there)
        #expect(scene.stored.health.keys.sorted() == ["gone:1", "there:1"])
        for _ in 1...6 {
            scene.pass(.seconds(9))
            scene.hear(there)
            scene.expire()
        }
        #expect(scene.stored.health.keys.sorted() == ["gone:1", "there:1"])
        scene.pass(.seconds(6))
        scene.hear(there)
        scene.expire()
        #expect(scene.stored.health.keys.sorted() == ["there:1"])
    }
}
