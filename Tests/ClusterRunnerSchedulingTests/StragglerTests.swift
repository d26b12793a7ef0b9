import ClusterRunnerDomain
import ClusterRunnerJobFile
import Testing

@testable import ClusterRunnerScheduling

@Suite struct StragglerTests {
    /// Makes a build of one subjob for each slave, of one atom with the expected seconds; all slaves except for the
    /// first have reported.
    private func scene(_ seconds: [Double], retries: Int = 0, speculate: Bool = true) -> (
        ClusterScene, BuildID, [SlaveID]
    ) {
        var scene = ClusterScene()
        let slaves = seconds.indices.map { scene.slave("host\($0):1") }
        let build = scene.request()
        scene.startPreparing(build)
        let plan = BuildPlan.timed(seconds.map { [$0] }) {
            $0.retries = retries
            $0.speculate = speculate
        }
        scene.decide { $0.prepared(build: build, plan: plan, at: $1, &$2) }
        for slave in slaves { scene.setUp(slave, build) }
        for slave in slaves.dropFirst() { scene.report(slave, scene.inbox[slave, default: []][0]) }
        return (scene, build, slaves)
    }

    /// Advances time while every slave sends heartbeats.
    private func pass(_ seconds: Double, _ scene: inout ClusterScene, _ slaves: [SlaveID]) {
        scene.pass(.seconds(seconds))
        for slave in slaves { scene.hear(slave) }
        scene.expire()
    }

    @Test func `An atom that takes far too long is run a second time by who has nothing to do`() {
        var (scene, build, slaves) = scene([4, 1])
        #expect(scene.phase(slaves[1]) == .working(build: build))
        #expect(scene.cluster.builds[build]?.nextSecondRun(scene.cluster.policy) == .seconds(12))
        pass(11.9, &scene, slaves)
        #expect(scene.inbox[slaves[1]]?.count == 1)
        pass(0.1, &scene, slaves)
        let second = scene.inbox[slaves[1], default: []].last
        #expect(second?.subjob == 0 && second?.atoms.map(\.id) == [0])
        #expect(scene.cluster.builds[build]?.nextSecondRun(scene.cluster.policy) == nil, "never a third time")
    }

    @Test func `The first result counts, the other is refused, and its slave is told to stop`() {
        var (scene, build, slaves) = scene([4, 1])
        pass(12, &scene, slaves)
        let first = scene.inbox[slaves[0], default: []][0]
        let second = scene.inbox[slaves[1], default: []][1]
        scene.report(slaves[1], second)
        let stop = SlaveInstruction.stop(build: build, [LeaseAtoms(lease: first.lease, atoms: [0])])
        #expect(scene.instructions[slaves[0]]?.first == stop)
        #expect(scene.record(build)?.result == .noFailures)
        let answer = scene.report(slaves[0], first)
        #expect(answer.refused.map(\.reason) == ["Build 1 is not running."])
        #expect(scene.record(build)?.progress.completedAtoms == 2)
        #expect(scene.stored.breaches.isEmpty)
    }

    @Test func `A slave whose second run is stopped gets what waits`() throws {
        var scene = ClusterScene()
        let (first, helper, lost) = (scene.slave("a:1"), scene.slave("b:1"), scene.slave("c:1", executors: 2))
        let build = scene.request()
        scene.startPreparing(build)
        let plan = BuildPlan.timed([[4], [1], [50], [50]]) { $0.speculate = true }
        scene.decide { $0.prepared(build: build, plan: plan, at: $1, &$2) }
        for slave in [first, helper, lost] { scene.setUp(slave, build) }
        let held = try #require(scene.inbox[first]?.first)
        scene.report(helper, try #require(scene.inbox[helper]?.first))
        pass(12, &scene, [first, helper, lost])
        #expect(scene.inbox[helper]?.count == 2)
        scene.leave(lost)
        scene.report(first, held)
        #expect(scene.inbox[helper]?.count == 3, "Its second run was stopped, and one subjob waited.")
    }

    @Test func `While the build goes on, the slower one is told that it was overtaken`() {
        var (scene, build, slaves) = scene([4, 1, 1])
        scene.decide { [slave = slaves[2]] in $0.tornDown(slave: slave, build: build, at: $1, &$2) }
        pass(12, &scene, slaves)
        let first = scene.inbox[slaves[0], default: []][0]
        scene.cluster.builds[build]?.crew[slaves[0]]?.hold(
            Lease(id: first.lease, subjob: 0, at: .zero, outstanding: [0, 0], cost: 8)
        )
        let claim = LeasedAtom(lease: first.lease, subjob: 0, atom: 0)
        scene.cluster.builds[build]?.crew[slaves[0]]?.isOvertaken(0, of: first.lease, cost: 4)
        #expect(
            scene.cluster.objection(to: claim, build: build, from: slaves[0])
                == "Atom 0 of subjob 0 has its result from another slave."
        )
    }

    @Test func `The second run may lose, and costs nothing then`() {
        var (scene, build, slaves) = scene([4, 1])
        pass(12, &scene, slaves)
        let second = scene.inbox[slaves[1], default: []][1]
        scene.report(slaves[0], scene.inbox[slaves[0], default: []][0])
        #expect(scene.record(build)?.result == .noFailures)
        #expect(scene.report(slaves[1], second).refused.count == 1)
        #expect(scene.stored.atoms.values.allSatisfy { $0.attempts == 1 })
    }

    @Test func `If one of the two is lost, the other goes on alone`() {
        var (scene, build, slaves) = scene([4, 1])
        pass(12, &scene, slaves)
        scene.leave(slaves[0])
        #expect(scene.cluster.builds[build]?.waiting == [])
        scene.report(slaves[1], scene.inbox[slaves[1], default: []][1])
        #expect(scene.record(build)?.result == .noFailures)
    }

    @Test func `If one of the two fails and may be tried again, the other is that try`() {
        var (scene, build, slaves) = scene([4, 1], retries: 1)
        pass(12, &scene, slaves)
        scene.report(slaves[0], scene.inbox[slaves[0], default: []][0], exitCode: 1)
        #expect(scene.cluster.builds[build]?.waiting == [])
        scene.report(slaves[1], scene.inbox[slaves[1], default: []][1])
        #expect(scene.record(build)?.result == .noFailures)
        #expect(scene.record(build)?.progress.flakyAtoms == 1)
    }

    @Test func `What failed beside an overtaken atom is run again`() {
        var scene = ClusterScene()
        let slaves = [scene.slave("a:1", executors: 2), scene.slave("b:1")]
        let build = scene.request()
        scene.startPreparing(build)
        let plan = BuildPlan.timed([[4, 4], [1], [1]]) {
            $0.retries = 1
            $0.speculate = true
        }
        scene.decide { $0.prepared(build: build, plan: plan, at: $1, &$2) }
        scene.cluster.builds[build]?.unknownCost = nil
        for slave in slaves { scene.setUp(slave, build) }
        scene.report(slaves[0], scene.inbox[slaves[0], default: []][1])
        scene.report(slaves[1], scene.inbox[slaves[1], default: []][0])
        let pair = scene.inbox[slaves[0], default: []][0]
        pass(12, &scene, slaves)
        let second = scene.inbox[slaves[1], default: []][1]
        let failed = pair.atoms.map(\.id).first { $0 != second.atoms[0].id } ?? -1
        scene.report(slaves[0], build, pair.reports(exitCode: 1).filter { $0.atom == failed })
        scene.report(slaves[1], second)
        scene.runToTheEnd()
        #expect(scene.record(build)?.result == .noFailures)
        #expect(scene.record(build)?.progress.flakyAtoms == 1)
    }

    @Test func `After a restart either of the two may bring the result`() {
        for winner in 0..<2 {
            var (scene, build, slaves) = scene([4, 1])
            pass(12, &scene, slaves)
            let back = scene.restart().map { scene.readmit($0) }
            #expect(scene.cluster.builds[build]?.crew.values.map(\.atoms) == [1, 1])
            scene.reportAll(back[winner])
            #expect(scene.record(build)?.result == .noFailures)
            #expect(scene.stored.breaches.isEmpty)
        }
    }

    @Test func `Without speculate, without history, or within its time nothing is run twice`() {
        var (plain, _, slaves) = scene([4, 1], speculate: false)
        #expect(plain.phase(slaves[1]) == .tearingDown(build: 1))
        pass(100, &plain, slaves)
        #expect(plain.inbox[slaves[1]]?.count == 1)
        var unknown = ClusterScene()
        let pair = [unknown.slave("a:1"), unknown.slave("b:1")]
        let build = unknown.build([1, 1]) { $0.speculate = true }
        for slave in pair { unknown.setUp(slave, build) }
        unknown.report(pair[1], unknown.inbox[pair[1], default: []][0])
        #expect(unknown.phase(pair[1]) == .tearingDown(build: build))
    }

    @Test func `Short atoms are given two seconds`() {
        let (scene, build, _) = scene([0.1, 0.1])
        #expect(scene.cluster.builds[build]?.nextSecondRun(scene.cluster.policy) == .seconds(2))
    }

    @Test func `An idle slave does not wait for stragglers when another build has use for it`() {
        var (scene, build, slaves) = scene([4, 1])
        let other = scene.build([1])
        scene.report(slaves[1], build, [])
        scene.tearDown(slaves[1], build)
        #expect(scene.phase(slaves[1]) == .settingUp(build: other))
    }
}
