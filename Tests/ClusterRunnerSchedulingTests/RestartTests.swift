import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerScheduling

@Suite struct RestartTests {
    /// Makes a slave that holds two of three subjobs, and kills its master.
    private func killed(
        _ change: (inout Job) -> Void = { _ in },
        before: (inout ClusterScene, _ slave: SlaveID) -> Void = { _, _ in }
    ) throws -> (ClusterScene, OrphanedSlave, build: BuildID) {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.build([1, 1, 1], change)
        scene.setUp(slave, build)
        before(&scene, slave)
        let orphan = try #require(scene.restart().first)
        return (scene, orphan, build)
    }

    @Test func `A slave that comes back goes on under its old leases`() throws {
        var (scene, orphan, build) = try killed()
        let slave = scene.readmit(orphan)
        #expect(scene.lostLeases[slave] == [])
        #expect(scene.phase(slave) == .working(build: build))
        scene.runToTheEnd()
        #expect(scene.exitCodes(build) == [[0], [0], [0]])
        #expect(scene.stored.subjobs.values.map(\.attempts) == [1, 1, 1])
        #expect(scene.stored.breaches.isEmpty)
    }

    @Test(arguments: [false, true])
    func `Slaves get the trace of a build if builds are traced, the same after a restart`(
        isTraced: Bool
    ) throws {
        var policy = ClusterPolicy()
        policy.tracesBuilds = isTraced
        var scene = ClusterScene(policy: policy)
        let slave = scene.slave("a:1")
        let build = scene.build([1, 1])
        let trace = isTraced ? scene.record(build).map { TraceID(of: $0) } : nil
        let setup = scene.cluster.builds[build]?.crew[slave]?.setup
        #expect(setup?.build == build && setup?.trace == trace)
        _ = scene.restart()
        let other = scene.slave("b:1")
        let renewed = scene.cluster.builds[build]?.crew[other]?.setup
        #expect(renewed?.build == build && renewed?.trace == trace)
    }

    @Test func `What nobody comes back for is handed out again, when it is time and at no cost`() throws {
        var (scene, _, build) = try killed()
        let other = scene.slave("b:1")
        scene.setUp(other, build)
        #expect(scene.inbox[other]?.map(\.subjob) == [2])
        scene.pass(.seconds(10))
        scene.hear(other)
        scene.expire()
        scene.runToTheEnd()
        #expect(scene.record(build)?.result == .noFailures)
        #expect(scene.stored.subjobs.values.allSatisfy { $0.lostSlaves.isEmpty })
    }

    @Test func `Leases, slaves and builds are numbered on`() throws {
        var (scene, orphan, build) = try killed()
        let known = scene.inbox.values.joined().map(\.lease).max() ?? 0
        let slave = scene.slave("b:1")
        #expect(slave > orphan.id)
        scene.setUp(slave, build)
        #expect(scene.inbox[slave, default: []].allSatisfy { $0.lease > known })
        let next = scene.request()
        #expect(next.rawValue == build.rawValue + 1)
    }

    @Test func `A result that was stored before the restart is not taken twice`() throws {
        var (scene, orphan, build) = try killed { _ in
        } before: { scene, slave in
            scene.report(slave, scene.inbox[slave, default: []][0])
        }
        let slave = scene.readmit(orphan)
        #expect(scene.lostLeases[slave] == [1])
        let first = try #require(scene.inbox[orphan.id]?.first)
        let answer = scene.report(slave, first, exitCode: 1)
        #expect(answer.refused.count == 1)
        scene.runToTheEnd()
        #expect(scene.record(build)?.result == .noFailures)
    }

    @Test func `A lease of which an atom is to run again is not gone on with, but begun anew`() throws {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.build([2]) { $0.retries = 1 }
        scene.setUp(slave, build)
        let first = try #require(scene.inbox[slave]?.first)
        scene.report(slave, build, Array(first.reports(exitCode: 1).prefix(1)))
        let back = scene.readmit(try #require(scene.restart().first))
        #expect(scene.lostLeases[back] == [first.lease])
        let again = try #require(scene.inbox[back]?.last)
        #expect(again.lease > first.lease)
        #expect(again.atoms.map(\.id) == [0, 1])
    }

    @Test func `The set-ups that failed before a restart count`() throws {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.build([1])
        for number in 1...3 {
            scene.setUp(slave, build, failure: "failure \(number)")
            scene.tearDown(slave, build)
        }
        let back = scene.readmit(try #require(scene.restart().first))
        scene.setUp(back, build, failure: "failure 4")
        scene.tearDown(back, build)
        #expect(scene.record(build)?.state == .building)
        scene.setUp(back, build, failure: "failure 5")
        #expect(scene.record(build)?.state == .error)
        let lines = (1...5).map { "On a:1: failure \($0)" }
        let message = "The set-up failed 5 times.\n" + lines.joined(separator: "\n")
        #expect(scene.record(build)?.errorMessage == message)
    }

    @Test func `A build that was being prepared begins anew`() {
        var scene = ClusterScene()
        let build = scene.request()
        scene.startPreparing(build)
        _ = scene.restart()
        #expect(scene.record(build)?.state == .queued)
        #expect(scene.effects.contains(.prepare(build: build)))
        _ = scene.slave("a:1")
        scene.prepare(build, [1])
        scene.runToTheEnd()
        #expect(scene.record(build)?.result == .noFailures)
    }

    @Test func `After a failure fail_fast waits for nobody whose slave does not come back`() throws {
        var (scene, _, build) = try killed {
            $0.failFast = true
        } before: { scene, slave in
            scene.report(slave, scene.inbox[slave, default: []][0], exitCode: 1)
        }
        scene.pass(.seconds(10))
        scene.expire()
        #expect(scene.record(build)?.state == .finished)
        #expect(scene.exitCodes(build) == [[1], [nil], [nil]])
    }

    @Test func `Slaves that come back late are not taken beyond max_executors`() throws {
        var (scene, orphan, build) = try killed { $0.maxExecutors = 1 }
        scene.pass(.seconds(10))
        scene.expire()
        let other = scene.slave("late:1")
        #expect(scene.phase(other) == .settingUp(build: build))
        let back = scene.readmit(orphan)
        #expect(scene.phase(back) == .tearingDown(build: build))
        #expect(scene.lostLeases[back]?.isEmpty == false)
        #expect(scene.instructions[back] == [.cancel(build: build)])
    }
}
