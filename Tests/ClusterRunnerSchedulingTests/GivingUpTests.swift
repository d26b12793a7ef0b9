import ClusterRunnerDomain
import Testing

@testable import ClusterRunnerScheduling

@Suite struct GivingUpTests {
    @Test func `A slave that keeps giving up what it holds uses up the budget of its subjobs`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.build([2])
        for number in 1...3 {
            #expect(scene.phase(slave) == .settingUp(build: build), "time \(number)")
            scene.setUp(slave, build)
            scene.tearDown(slave, build)
        }
        #expect(scene.record(build)?.state == .finished)
        #expect(scene.record(build)?.result == .failure)
        #expect(scene.exitCodes(build) == [[1, 1]])
        let cause = scene.stored.atoms[.init(build: build, subjob: 0, atom: 0)]?.result?.cause
        #expect(cause == "3 slaves were lost while they held it: a:1, a:1, a:1.")
        #expect(scene.phase(slave) == .idle)
    }

    @Test func `What a slave gave up had better go to another one`() {
        var scene = ClusterScene()
        let slaves = [scene.slave("a:1"), scene.slave("b:1")]
        let build = scene.build([1, 1])
        for slave in slaves { scene.setUp(slave, build) }
        scene.tearDown(slaves[0], build)
        #expect(scene.stored.subjob(build, 0)?.lostSlaves == ["a:1"])
        #expect(scene.stored.subjob(build, 1)?.lostSlaves == [])
        #expect(scene.phase(slaves[0]) == .settingUp(build: build))
        scene.reportAll(slaves[1])
        #expect(scene.inbox[slaves[1]]?.map(\.subjob) == [1, 0])
        #expect(scene.record(build)?.result == .noFailures)
    }

    /// Makes the work of a slave that has set a build up and holds no leases of it.
    private func idle(_ build: BuildID) -> HeldBuild {
        HeldBuild(build: build, isSetUp: true, executors: 1, firstExecutorIndex: 0, leases: [])
    }

    @Test func `Slaves that give a build up before they hold anything use up its set-ups`() {
        var scene = ClusterScene()
        let build = scene.build([1])
        for number in 1...5 {
            #expect(scene.record(build)?.state == .prepared, "time \(number)")
            let slave = scene.register("host\(number):1", hold: idle(build))
            #expect(scene.phase(slave) == .working(build: build))
            scene.tearDown(slave, build)
            #expect(scene.phase(slave) == .idle)
        }
        #expect(scene.record(build)?.state == .error)
        let sentence = "It was set up, but gave the build up before it ran anything."
        let slaves = (1...5).map { "host\($0):1" }.joined(separator: ", ")
        #expect(scene.record(build)?.errorMessage == "The set-up failed 5 times.\nOn \(slaves): \(sentence)")
        #expect(scene.stored.breaches.isEmpty)
    }

    @Test func `A build that was given up before it ran makes its slave suspect`() {
        var scene = ClusterScene()
        let builds = [scene.build([1]), scene.build([1])]
        let slave = scene.register("a:1", hold: idle(builds[0]))
        scene.tearDown(slave, builds[0])
        scene.cancel(builds[0])
        scene.connect(slave)
        scene.setUp(slave, builds[1], failure: "no disk")
        #expect(scene.quarantine(slave) != nil)
    }

    @Test func `A slave that was sent home costs nothing`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let other = scene.slave("b:1")
        let build = scene.build([1, 1])
        for slave in [slave, other] { scene.setUp(slave, build) }
        scene.reportAll(slave)
        #expect(scene.phase(slave) == .tearingDown(build: build))
        scene.tearDown(slave, build)
        #expect(scene.cluster.builds[build]?.failures.isEmpty == true)
        #expect(scene.stored.subjobs.values.allSatisfy { $0.lostSlaves.isEmpty })
    }
}
