import ClusterRunnerDomain
import Testing

@testable import ClusterRunnerScheduling

/// The number of running atoms, and the estimated time of the rest.
@Suite struct OutlookTests {
    private func scene(_ seconds: [[Double]], executors: [Int]) -> (ClusterScene, build: BuildID, [SlaveID]) {
        var scene = ClusterScene()
        let slaves = executors.enumerated().map { scene.slave("host\($0):1", executors: $1) }
        let build = scene.request()
        scene.startPreparing(build)
        scene.decide { $0.prepared(build: build, plan: .timed(seconds), at: $1, &$2) }
        return (scene, build, slaves)
    }

    private func outlook(_ scene: ClusterScene, _ build: BuildID) throws -> BuildOutlook {
        try #require(scene.cluster.outlook(build: build, at: scene.now))
    }

    @Test func `What is left is shared by all executors`() throws {
        var (scene, build, slaves) = scene(Array(repeating: [10.0], count: 8), executors: [2, 2])
        #expect(try outlook(scene, build) == BuildOutlook(running: 0, secondsLeft: nil), "nobody is set up")
        scene.setUp(slaves[0], build)
        #expect(try outlook(scene, build) == BuildOutlook(running: 2, secondsLeft: 40))
        scene.setUp(slaves[1], build)
        #expect(try outlook(scene, build) == BuildOutlook(running: 4, secondsLeft: 20))
        scene.report(slaves[0], scene.inbox[slaves[0], default: []][0])
        #expect(try outlook(scene, build).running == 4)
        #expect(try #require(try outlook(scene, build).secondsLeft) < 18)
    }

    @Test func `What a slave has run for long counts as done, and no more than it should take`() throws {
        var (scene, build, slaves) = scene([[100], [10]], executors: [2])
        scene.setUp(slaves[0], build)
        #expect(try outlook(scene, build).secondsLeft == 100, "the longest is not shared")
        scene.pass(.seconds(30))
        let leases = scene.inbox[slaves[0], default: []].map(\.lease)
        let atoms = leases.enumerated().map { number, lease in
            RunningAtom(claim: LeasedAtom(lease: lease, subjob: SubjobID(number), atom: 0), executor: number, age: 30)
        }
        let heartbeat = SlaveHeartbeat(build: build, leases: leases, running: atoms)
        _ = scene.decide { $0.heartbeat(slave: slaves[0], heartbeat, at: $1, &$2) }
        #expect(try outlook(scene, build).secondsLeft == 70)
        scene.pass(.seconds(500))
        #expect(try outlook(scene, build).secondsLeft == 0)
        scene.report(slaves[0], scene.inbox[slaves[0], default: []][0])
        #expect(try outlook(scene, build) == BuildOutlook(running: 1, secondsLeft: 0))
    }

    @Test func `Without history nobody can tell before something has run, and then by that`() throws {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.build([1, 1, 1, 1])
        scene.setUp(slave, build)
        #expect(try outlook(scene, build) == BuildOutlook(running: 1, secondsLeft: nil))
        var report = scene.inbox[slave, default: []][0].reports()[0]
        report.result.seconds = 6
        scene.report(slave, build, [report])
        #expect(try outlook(scene, build) == BuildOutlook(running: 1, secondsLeft: 18))
    }

    @Test func `Of a build that has ended or never was there is nothing to tell`() {
        var scene = ClusterScene()
        let build = scene.build([1])
        scene.cancel(build)
        #expect(scene.cluster.outlook(build: build, at: scene.now) == nil)
        #expect(scene.cluster.outlook(build: 77, at: scene.now) == nil)
    }
}
