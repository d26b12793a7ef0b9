import ClusterRunnerDomain
import ClusterRunnerScheduling
import Testing

@Suite struct DrainTests {
    @Test func `An idle slave that is shut down is told so, once, and gets no build`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        scene.shutDown(slave)
        #expect(scene.instructions == [slave: [.shutDown]])
        scene.shutDown(slave)
        #expect(scene.effects.isEmpty)
        _ = scene.build([1])
        #expect(scene.phase(slave) == .idle)
        #expect(scene.cluster.slaves.first?.isShuttingDown == true)
    }

    @Test func `A draining slave finishes what it holds, gets nothing more, and is sent home`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.build([1, 1, 1, 1, 1, 1])
        scene.setUp(slave, build)
        scene.shutDown(slave)
        let held = scene.inbox[slave, default: []]
        for grant in held.dropLast() {
            let answer = scene.report(slave, grant)
            #expect(answer.grants.isEmpty)
            #expect(scene.phase(slave) == .working(build: build))
        }
        if let last = held.last { scene.report(slave, last) }
        #expect(scene.phase(slave) == .tearingDown(build: build))
        scene.tearDown(slave, build)
        #expect(scene.phase(slave) == .idle)
        #expect(scene.record(build)?.state == .building)
        #expect(scene.record(build)?.progress.completedAtoms == held.count)
    }

    @Test func `A slave that drains during its set-up gets no work, and another takes its place`() {
        var scene = ClusterScene()
        let draining = scene.slave("a:1")
        let build = scene.build([1])
        scene.shutDown(draining)
        let other = scene.slave("b:1")
        scene.setUp(draining, build)
        #expect(scene.inbox[draining] == nil)
        #expect(scene.phase(draining) == .tearingDown(build: build))
        scene.tearDown(draining, build)
        #expect(scene.phase(other) == .settingUp(build: build))
    }

    @Test func `A slave that says goodbye is gone, and what it held is handed out again`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.build([1])
        scene.setUp(slave, build)
        scene.leave(slave)
        #expect(scene.phase(slave) == .lost)
        #expect(scene.effects.contains(.disconnect(slave: slave)))
        _ = scene.slave("b:1")
        scene.runToTheEnd()
        #expect(scene.exitCodes(build) == [[0]])
    }
}
