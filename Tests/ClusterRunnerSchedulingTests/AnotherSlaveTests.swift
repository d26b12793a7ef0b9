import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerScheduling

@Suite struct AnotherSlaveTests {
    @Test func `What failed is run again on another slave that is free`() throws {
        var scene = ClusterScene()
        let (one, two) = (scene.slave("host1:1"), scene.slave("host2:1", executors: 2))
        let build = scene.build([1, 1, 1]) { $0.retries = 1 }
        for slave in [one, two] { scene.setUp(slave, build) }
        let failing = try #require(scene.inbox[one]?.first)
        scene.report(two, try #require(scene.inbox[two]?.first))
        #expect(scene.report(one, failing, exitCode: 1).grants.isEmpty)
        let again = try #require(scene.inbox[two]?.last)
        #expect(again.subjob == failing.subjob && again.lease > failing.lease)
        scene.runToTheEnd()
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
        #expect(!answer.grants.contains { $0.subjob == failing.subjob })
    }

    @Test func `With no other slave free, the same one tries again at once`() throws {
        var scene = ClusterScene()
        let slave = scene.slave("host1:1")
        let build = scene.build([1]) { $0.retries = 1 }
        scene.setUp(slave, build)
        let failing = try #require(scene.inbox[slave]?.first)
        #expect(scene.report(slave, failing, exitCode: 1).grants.map(\.subjob) == [0])
    }
}
