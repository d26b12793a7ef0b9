import ClusterRunnerDomain
import Testing

@testable import ClusterRunnerScheduling

@Suite struct SlaveSpeedTests {
    private func speed(_ runs: [(expected: Double, actual: Double)]) -> Double {
        runs.reduce(into: SlaveSpeed()) { $0.add(expected: $1.expected, actual: $1.actual) }.factor
    }

    @Test func `A slave of which nothing is known is as fast as expected`() {
        #expect(SlaveSpeed().factor == 1)
        #expect(speed(Array(repeating: (2, 2), count: 9)) == 1)
    }

    @Test func `Evidence comes in step by step`() {
        let one = speed([(1, 2)])
        let many = speed(Array(repeating: (1, 2), count: 40))
        #expect(one < 0.9 && one > 0.8)
        #expect(many < 0.56 && many > 0.5)
        #expect(speed(Array(repeating: (2, 1), count: 40)) > 1.8)
    }

    @Test func `Half and twice the time weigh the same, and one straggler does not rule`() {
        #expect(abs(speed(Array(repeating: [(1.0, 2.0), (2.0, 1.0)], count: 20).flatMap { $0 }) - 1) < 1e-9)
        #expect(speed([(1, 1000)] + Array(repeating: (1, 1), count: 30)) > 0.9)
    }

    @Test func `What is too short to tell, or no time at all, is left out`() {
        #expect(speed([(0.01, 5), (1, 0), (1, .nan), (.nan, 1), (1, .infinity)]) == 1)
    }

    @Test func `What it was long ago fades`() {
        let changed = Array(repeating: (1.0, 2.0), count: 300) + Array(repeating: (1.0, 1.0), count: 200)
        #expect(speed(changed) > 0.95)
    }

    @Test func `The master learns it from results, and keeps it when the slave registers anew`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.request()
        scene.startPreparing(build)
        scene.decide { $0.prepared(build: build, plan: .timed([[1], [1], [1]]), at: $1, &$2) }
        scene.setUp(slave, build)
        for place in 0..<3 {
            guard let grant = scene.inbox[slave]?.dropFirst(place).first else { break }
            var reports = grant.reports()
            reports[0].result.seconds = 2
            scene.report(slave, build, reports)
        }
        let speed = scene.cluster.slaveTable[slave]?.speed.factor ?? 1
        #expect(speed < 0.85)
        let again = scene.slave("a:1", session: "another")
        #expect(again != slave && scene.cluster.slaveTable[again]?.speed.factor == speed)
    }

    @Test func `A failed run says nothing about speed`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.request()
        scene.startPreparing(build)
        scene.decide { $0.prepared(build: build, plan: .timed([[1]]), at: $1, &$2) }
        scene.setUp(slave, build)
        scene.report(slave, scene.inbox[slave, default: []][0], exitCode: 1)
        #expect(scene.cluster.slaveTable[slave]?.speed.factor == 1)
    }
}
