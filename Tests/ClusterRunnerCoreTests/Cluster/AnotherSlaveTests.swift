import Testing

@testable import ClusterRunnerCore

@Suite struct AnotherSlaveTests {
    @Test func `What failed is run again on another slave that is free`() throws {
        var scene = ClusterScene()
        let first = scene.slave("host1:1")
        let build = scene.build([1, 1]) { $0.retries = 1 }
        let second = scene.slave("host2:1")
        for slave in [first, second] { scene.setUp(slave, build) }
        // The second one is done, and still there when the first one fails.
        let failing = try #require(scene.inbox[first]?.first)
        let other = try #require(scene.inbox[second]?.first)
        scene.shutDown(first)
        scene.report(first, failing, exitCode: 1)
        scene.report(second, other)
        #expect(scene.inbox[second]?.last?.subjob == failing.subjob)
        scene.reportAll(second)
        #expect(scene.record(build)?.result == .noFailures)
        #expect(scene.record(build)?.progress.flakyAtoms == 1)
    }

    @Test func `A slave that failed goes first to what it has not tried`() throws {
        var scene = ClusterScene(policy: ClusterPolicy(handOutAhead: .zero))
        let (first, second) = (scene.slave("host1:1"), scene.slave("host2:1"))
        let build = scene.build([1, 1, 1, 1, 1, 1]) { $0.retries = 3 }
        for slave in [first, second] { scene.setUp(slave, build) }
        let failing = try #require(scene.inbox[first]?.first)
        let answer = scene.report(first, failing, exitCode: 1)
        #expect(!answer.assignments.contains { $0.subjob == failing.subjob })
    }

    @Test func `With no other slave free, the same one tries again at once`() throws {
        var scene = ClusterScene()
        let slave = scene.slave("host1:1")
        let build = scene.build([1]) { $0.retries = 1 }
        scene.setUp(slave, build)
        let failing = try #require(scene.inbox[slave]?.first)
        #expect(scene.report(slave, failing, exitCode: 1).assignments.map(\.subjob) == [0])
    }
}
