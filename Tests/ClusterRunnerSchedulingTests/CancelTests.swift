import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerScheduling
import Testing

@Suite struct CancelTests {
    private func expectCanceled(_ build: BuildID, _ scene: ClusterScene) {
        #expect(scene.record(build)?.state == .canceled)
        #expect(scene.record(build)?.result == .failure)
        #expect(scene.record(build)?.timestamps[.canceled] == scene.now.wall)
        #expect(scene.effects.contains(.release(build: build)))
        #expect(scene.cluster.build(build) == nil)
        #expect(scene.stored.tags(build: build).last == "BUILD_FINISHED")
        #expect(scene.stored.breaches.isEmpty)
    }

    @Test func `Canceling a build that has ended ends the teardowns that still run, and nothing else`() {
        var scene = ClusterScene()
        let slaves = [scene.slave("a:1"), scene.slave("b:1")]
        let build = scene.build([1, 1])
        scene.setUp(slaves[0], build)
        let first = scene.cancel(build)
        #expect(first)
        scene.tearDown(slaves[1], build)
        let second = scene.cancel(build)
        #expect(second)
        #expect(scene.instructions == [slaves[0]: [.endTeardown(build: build)]])
        scene.tearDown(slaves[0], build)
        let third = scene.cancel(build)
        #expect(!third)
    }

    @Test func `A queued build is canceled, and its preparation may not begin`() {
        var scene = ClusterScene()
        let build = scene.request()
        let isCanceled = scene.cancel(build)
        #expect(isCanceled)
        expectCanceled(build, scene)
        let mayBegin = scene.startPreparing(build)
        #expect(!mayBegin)
    }

    @Test func `A build is canceled while it is prepared, and what the preparation finds comes too late`() {
        var scene = ClusterScene()
        let build = scene.request()
        let mayBegin = scene.startPreparing(build)
        #expect(mayBegin)
        scene.cancel(build)
        expectCanceled(build, scene)
        scene.decide { $0.prepared(build: build, plan: .scripted([1]), at: $1, &$2) }
        scene.decide { $0.fail(build: build, "too late", at: $1, &$2) }
        #expect(scene.stored.atoms.isEmpty && scene.effects.isEmpty)
    }

    @Test func `A build that waits for slaves is canceled`() {
        var scene = ClusterScene()
        let build = scene.build([1, 1])
        scene.cancel(build)
        expectCanceled(build, scene)
        #expect(scene.stored.atoms.values.allSatisfy { $0.state == .canceled })
        #expect(scene.stored.subjobs.values.allSatisfy { $0.state == .canceled })
    }

    @Test func `The slaves that set a build up or work for it are told to kill it, and are idle afterwards`() {
        var scene = ClusterScene()
        let slaves = [scene.slave("a:1"), scene.slave("b:1")]
        let build = scene.build([1, 2, 1])
        scene.setUp(slaves[0], build)
        scene.report(slaves[0], scene.inbox[slaves[0], default: []][0])
        scene.cancel(build)
        expectCanceled(build, scene)
        #expect(scene.instructions == [slaves[0]: [.cancel(build: build)], slaves[1]: [.cancel(build: build)]])
        #expect(scene.exitCodes(build) == [[0], [nil, nil], [nil]])
        for slave in slaves {
            #expect(scene.phase(slave) == .tearingDown(build: build))
            scene.tearDown(slave, build)
            #expect(scene.phase(slave) == .idle)
        }
    }

    @Test func `A set-up of a canceled build ends without work`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.build([1])
        scene.cancel(build)
        scene.setUp(slave, build)
        #expect(scene.phase(slave) == .tearingDown(build: build))
        #expect(scene.inbox.isEmpty && scene.effects.isEmpty)
    }

    @Test func `There is nothing to cancel in a build that has ended or never was`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.build([1])
        scene.setUp(slave, build)
        scene.reportAll(slave)
        scene.tearDown(slave, build)
        let answers = [scene.cancel(build), scene.cancel(77)]
        #expect(answers == [false, false])
        #expect(scene.record(build)?.state == .finished)
    }

    @Test func `The slaves of a canceled build go to the next one`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let builds = [scene.build([1]), scene.build([1])]
        scene.cancel(builds[0])
        scene.tearDown(slave, builds[0])
        #expect(scene.phase(slave) == .settingUp(build: builds[1]))
    }
}
