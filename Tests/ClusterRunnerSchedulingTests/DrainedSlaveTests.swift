import ClusterRunnerDomain
import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerScheduling

@Suite struct DrainedSlaveTests {
    @Test func `A drained slave gets no build, and gets the one that waits when it is resumed`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        scene.drain(slave)
        #expect(scene.instructions.isEmpty)
        let build = scene.build([1])
        #expect(scene.phase(slave) == .idle)
        #expect(scene.cluster.slaves.map(\.isDraining) == [true])
        #expect(scene.cluster.waitingFor(build: build, at: scene.now) == "a free slave: slave 1 is drained")
        scene.undrain(slave)
        #expect(scene.phase(slave) == .settingUp(build: build))
        #expect(scene.stored.health.isEmpty)
    }

    @Test func `A slave that is drained at work finishes what it holds, and stays`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.build([1, 1, 1, 1, 1, 1])
        scene.setUp(slave, build)
        scene.drain(slave)
        let held = scene.inbox[slave, default: []]
        for grant in held { #expect(scene.report(slave, grant).grants.isEmpty) }
        #expect(scene.instructions == [slave: [.tearDown(build: build)]])
        scene.tearDown(slave, build)
        #expect(scene.phase(slave) == .idle)
        #expect(scene.record(build)?.progress.completedAtoms == held.count)
        scene.undrain(slave)
        #expect(scene.phase(slave) == .settingUp(build: build))
    }

    @Test func `A slave that is drained during its set-up is replaced by another one`() {
        var scene = ClusterScene()
        let drained = scene.slave("a:1")
        let build = scene.build([1])
        scene.drain(drained)
        let other = scene.slave("b:1")
        scene.setUp(drained, build)
        #expect(scene.inbox[drained] == nil)
        #expect(scene.phase(drained) == .tearingDown(build: build))
        scene.tearDown(drained, build)
        #expect(scene.phase(other) == .settingUp(build: build))
        #expect(scene.cluster.slaves.map(\.isDraining) == [true, false])
    }

    @Test func `It stays drained over restarts of slave and master, with the work that it holds`() throws {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.build([1, 1, 1, 1])
        scene.setUp(slave, build)
        scene.drain(slave)
        let orphan = try #require(scene.restart().first)
        let back = scene.readmit(orphan)
        for grant in scene.inbox[back, default: []] { #expect(scene.report(back, grant).grants.isEmpty) }
        #expect(scene.phase(back) == .tearingDown(build: build))
        scene.leave(back)
        let again = scene.slave("a:1", session: "new")
        #expect(scene.phase(again) == .idle)
        #expect(scene.record(build)?.state == .building)
    }

    @Test func `A success forgets failures of a drained slave, and not that it is drained`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let first = scene.build([1])
        scene.setUp(slave, first, failure: "no disk")
        scene.cancel(first)
        scene.tearDown(slave, first)
        let second = scene.build([1])
        scene.drain(slave)
        scene.setUp(slave, second)
        #expect(scene.cluster.health["a:1"]?.failedSetups == [])
        #expect(scene.cluster.slaves.map(\.isDraining) == [true])
    }

    @Test func `Draining twice and resuming what is not drained change nothing`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        scene.undrain(slave)
        #expect(scene.stored.health.isEmpty)
        scene.drain(slave)
        scene.undrain(slave)
        scene.undrain(slave)
        #expect(scene.stored.health.isEmpty)
        scene.drain(77)
        #expect(scene.cluster.health.isEmpty)
    }

    @Test func `Slaves are named by their names, with numbers where those are not enough`() {
        var scene = ClusterScene()
        for (url, name) in [("a:1", "build-07"), ("b:1", "build-08"), ("c:1", "build-08")] {
            scene.decide {
                _ = $0.register(url: url, sessionID: url, executors: 1, name: name, at: $1, &$2)
            }
        }
        let build = scene.build([1])
        #expect(
            scene.cluster.waitingFor(build: build, at: scene.now)
                == "a free slave: slave build-07 is not connected, slave build-08 (2) is not connected, "
                + "slave build-08 (3) is not connected"
        )
    }
}

extension ClusterScene {
    fileprivate mutating func drain(_ slave: SlaveID) {
        decide { $0.drain(slave: slave, at: $1, &$2) }
    }

    fileprivate mutating func undrain(_ slave: SlaveID) {
        decide { $0.undrain(slave: slave, at: $1, &$2) }
    }
}
