import ClusterRunnerDomain
import Testing

@testable import ClusterRunnerScheduling

@Suite struct SizesTests {
    private func scene(_ seconds: [[Double]], executors: [Int]) -> (ClusterScene, build: BuildID, [SlaveID]) {
        var scene = ClusterScene()
        let slaves = executors.enumerated().map { scene.slave("host\($0):1", executors: $1) }
        let build = scene.request()
        scene.startPreparing(build)
        scene.decide { $0.prepared(build: build, plan: .timed(seconds), at: $1, &$2) }
        return (scene, build, slaves)
    }

    private func subjobs(_ slave: SlaveID, _ scene: ClusterScene) -> [SubjobID] {
        scene.inbox[slave, default: []].map(\.subjob)
    }

    @Test func `Nothing lies ready behind long subjobs`() {
        var (scene, build, slaves) = scene([[60], [50], [40], [30], [20], [10], [9]], executors: [1, 1])
        for slave in slaves { scene.setUp(slave, build) }
        #expect(slaves.map { subjobs($0, scene) } == [[0], [1]])
        scene.report(slaves[1], scene.inbox[slaves[1], default: []][0])
        #expect(subjobs(slaves[1], scene) == [1, 2])
    }

    @Test func `Nothing lies ready behind long subjobs, however many executors end at once`() {
        var (scene, build, slaves) = scene(Array(repeating: [1.5], count: 40), executors: [8, 8])
        for slave in slaves { scene.setUp(slave, build) }
        #expect(slaves.map { subjobs($0, scene).count } == [8, 8])
        scene.report(slaves[0], scene.inbox[slaves[0], default: []][0])
        #expect(subjobs(slaves[0], scene).count == 9)
    }

    @Test func `Behind short subjobs the next lies ready, but not behind a long one on the same slave`() {
        let short = Array(repeating: [1.0], count: 400)
        var (all, build, slaves) = scene(short, executors: [2])
        all.setUp(slaves[0], build)
        #expect(subjobs(slaves[0], all).count == 4)
        var (mixed, other, slow) = scene([[60]] + short, executors: [2])
        mixed.setUp(slow[0], other)
        mixed.report(slow[0], mixed.inbox[slow[0], default: []][1])
        #expect(subjobs(slow[0], mixed) == [0, 1, 2, 3], "one runs and one is ready on the other executor")
    }

    @Test func `Whatever the only executor runs, the next short subjob lies ready`() {
        var (scene, build, slaves) = scene([[60], [0.2], [0.1]], executors: [1])
        scene.setUp(slaves[0], build)
        #expect(subjobs(slaves[0], scene) == [0, 1])
        var (other, second, both) = self.scene([[60], [50], [0.2], [0.1], [0.1]], executors: [1, 1])
        for slave in both { other.setUp(slave, second) }
        #expect(both.map { subjobs($0, other) } == [[0], [1]])
    }

    @Test func `In a short build nothing lies ready that is not short beside it`() {
        var (scene, build, slaves) = scene(Array(repeating: [1.0], count: 20), executors: [2])
        scene.setUp(slaves[0], build)
        #expect(subjobs(slaves[0], scene).count == 2, "1 s is a tenth of the build")
    }

    @Test func `A subjob that has become too long for its share is handed out in parts`() {
        let atoms = Array(repeating: 1.0, count: 24)
        var (scene, build, slaves) = scene([atoms], executors: [1])
        for number in 1...5 { _ = scene.slave("more\(number):1", executors: 1) }
        scene.setUp(slaves[0], build)
        let first = scene.inbox[slaves[0], default: []][0]
        #expect(first.atoms.count == 6, "a quarter of all, as there is one executor")
        #expect(scene.stored.subjob(build, 0)?.parts.map(\.atoms.count) == [6])
        scene.runToTheEnd()
        #expect(scene.record(build)?.result == .noFailures)
        #expect(scene.stored.subjob(build, 0)?.attempts == 1)
    }

    @Test func `A slow slave is not given what it would end last`() {
        var (scene, build, slaves) = scene([[8], [8], [8], [2], [2], [2]], executors: [1, 1])
        for _ in 0..<40 { scene.cluster.slaveTable[slaves[1]]?.speed.add(expected: 1, actual: 4) }
        scene.setUp(slaves[0], build)
        scene.setUp(slaves[1], build)
        #expect(subjobs(slaves[0], scene).first == 0)
        #expect(subjobs(slaves[1], scene).first == 3, "8 s on a slave of a quarter of the speed is 32 s")
    }

    @Test func `A slow slave is not given what it would end last if it took half as long again`() {
        var (scene, build, slaves) = scene([[8], [8], [8], [5], [2], [2]], executors: [1, 1])
        for _ in 0..<40 { scene.cluster.slaveTable[slaves[1]]?.speed.add(expected: 1, actual: 4) }
        for slave in slaves { scene.setUp(slave, build) }
        #expect(subjobs(slaves[1], scene).first == 4, "all ends after 26 s, in which it can do 6.6 s of work")
    }
}
