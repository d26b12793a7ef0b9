import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerScheduling

@Suite struct ObstacleTests {
    private let noFolder = RunObstacle("There is no such directory.")

    /// Makes two slaves at work on a build, each with one executor.
    private func scene(_ atoms: [Int], _ change: (inout Job) -> Void = { _ in }) -> (ClusterScene, [SlaveID], BuildID) {
        var scene = ClusterScene()
        let slaves = [scene.slave("host1:1"), scene.slave("host2:1")]
        let build = scene.build(atoms, change)
        for slave in slaves { scene.setUp(slave, build) }
        return (scene, slaves, build)
    }

    private func reports(_ grant: LeaseGrant, _ obstacle: RunObstacle) -> [AtomReport] {
        grant.reports(exitCode: 126).map { report in
            var report = report
            report.obstacle = obstacle
            return report
        }
    }

    @Test func `What one slave cannot run another one does, and the build is green`() throws {
        var (scene, slaves, build) = scene([1, 1, 1, 1, 1, 1])
        for grant in try #require(scene.inbox[slaves[0]]) {
            scene.report(slaves[0], build, reports(grant, noFolder))
        }
        #expect(scene.record(build)?.state == .building)
        #expect(scene.cluster.builds[build]?.runFailures.count == 1, "Together they cost the budget once.")
        #expect(scene.phase(slaves[0]) == .tearingDown(build: build))
        scene.runToTheEnd()
        #expect(scene.record(build)?.result == .noFailures)
        #expect(scene.record(build)?.progress.flakyAtoms == 0)
        let obstructed = scene.stored.atoms.values.filter { $0.obstructions > 0 }
        #expect(!obstructed.isEmpty && obstructed.allSatisfy { $0.attempts == 1 && $0.slaveID == slaves[1] })
        #expect(scene.stored.attempts.allSatisfy { $0.isObstructed && $0.slaveID == slaves[0] && $0.number == 1 })
        #expect(scene.stored.attempts.first?.result.cause == "There is no such directory.")
    }

    @Test func `A slave that cannot run an atom gets nothing more, and gives back what it has not begun`() throws {
        var (scene, slaves, build) = scene([1, 1, 1, 1, 1, 1])
        let held = try #require(scene.inbox[slaves[0]])
        try #require(held.count > 1)
        let answer = scene.report(slaves[0], build, reports(held[0], noFolder))
        #expect(answer.grants.isEmpty)
        let rest = held.dropFirst().map { LeaseAtoms(lease: $0.lease, atoms: [0]) }
        #expect(scene.instructions[slaves[0]]?.first == .giveBack(build: build, Array(rest)))
        #expect(scene.phase(slaves[0]) == .working(build: build), "What it runs it may end.")
        scene.giveBack(slaves[0], build, Array(rest))
        #expect(scene.phase(slaves[0]) == .tearingDown(build: build))
    }

    @Test func `A slave that another can stand in for is kept out at once, and longer each time`() throws {
        var (scene, slaves, first) = scene([1, 1])
        scene.pass(.seconds(1))
        let grant = try #require(scene.inbox[slaves[0]]?.first)
        scene.report(slaves[0], first, reports(grant, noFolder))
        #expect(scene.quarantine(slaves[0])?.pause == .seconds(10))
        #expect(scene.stored.events.contains { $0.tag == "SLAVE_QUARANTINED" && $0.data["builds"] == [1] })
        scene.runToTheEnd()
        scene.pass(.seconds(10))
        for slave in slaves { scene.hear(slave) }
        scene.expire()
        let second = scene.build([1, 1])
        #expect(scene.phase(slaves[0]) == .settingUp(build: second))
        for slave in slaves { scene.setUp(slave, second) }
        let again = try #require(scene.inbox[slaves[0]]?.last)
        scene.report(slaves[0], second, reports(again, noFolder))
        #expect(scene.quarantine(slaves[0])?.pause == .seconds(20), "A set-up that succeeds proves little.")
    }

    @Test func `A slave that serves a build in order is trusted again`() throws {
        var (scene, slaves, first) = scene([1, 1])
        scene.pass(.seconds(1))
        scene.report(slaves[0], first, reports(try #require(scene.inbox[slaves[0]]?.first), noFolder))
        scene.runToTheEnd()
        scene.pass(.seconds(10))
        for slave in slaves { scene.hear(slave) }
        scene.expire()
        _ = scene.build([1, 1])
        scene.runToTheEnd()
        #expect(scene.stored.health["host1:1"] == nil)
    }

    @Test func `A build that several slaves cannot run ends in error, and they are not to blame`() throws {
        var (scene, slaves, build) = scene([1, 1])
        for round in 0..<5 {
            let slave = slaves[round % 2]
            if scene.phase(slave) == .settingUp(build: build) { scene.setUp(slave, build) }
            let grant = try #require(scene.inbox[slave]?.last)
            scene.report(slave, build, reports(grant, noFolder))
            scene.tearDown(slave, build)
        }
        #expect(scene.record(build)?.state == .error)
        let message = try #require(scene.record(build)?.errorMessage)
        #expect(message.hasPrefix("Slaves could not run its atoms, 5 times.\nOn slave 1 (host1:1): Atom 0 of subjob "))
        #expect(message.contains("On slave 2 (host2:1): Atom 0 of subjob "))
        #expect(scene.record(build)?.progress.failedAtoms == 0)
        #expect(slaves.allSatisfy { scene.quarantine($0) == nil })
        #expect(scene.stored.health.isEmpty || scene.stored.health.values.allSatisfy { $0.failedRuns.isEmpty })
    }

    @Test func `The only slave tries again at once, until the budget of the build is used up`() throws {
        var scene = ClusterScene()
        let slave = scene.slave("host:1", executors: 8)
        let build = scene.build([Int](repeating: 1, count: 40))
        for _ in 0..<5 {
            scene.setUp(slave, build)
            for grant in try #require(scene.inbox[slave]) {
                scene.report(slave, build, reports(grant, noFolder))
            }
            scene.tearDown(slave, build)
        }
        #expect(scene.record(build)?.state == .error)
    }

    @Test func `The budget outlives a restart of the master`() throws {
        var scene = ClusterScene()
        var slave = scene.slave("host:1")
        let build = scene.build([1])
        for round in 0..<5 {
            #expect(scene.record(build)?.state != .error)
            scene.setUp(slave, build)
            scene.report(slave, build, reports(try #require(scene.inbox[slave]?.last), noFolder))
            scene.tearDown(slave, build)
            guard round < 4 else { break }
            slave = scene.readmit(try #require(scene.restart().first))
        }
        #expect(scene.record(build)?.state == .error)
    }

    @Test func `An atom that no slave can run ends the build at once, and nobody is suspected`() throws {
        var (scene, slaves, build) = scene([1, 1, 1])
        let grant = try #require(scene.inbox[slaves[0]]?.first)
        scene.report(slaves[0], build, reports(grant, RunObstacle("It is too large.", isOfAtom: true)))
        #expect(scene.record(build)?.state == .error)
        #expect(
            scene.record(build)?.errorMessage == """
                No slave can run one of the atoms.
                On slave 1 (host1:1): Atom 0 of subjob \(grant.subjob): It is too large.
                """
        )
        #expect(scene.stored.health.isEmpty)
    }

    @Test func `What ended beside an obstacle counts, wherever it stands in the report`() throws {
        var scene = ClusterScene()
        let slave = scene.slave("host:1", executors: 2)
        let build = scene.build([2])
        scene.setUp(slave, build)
        var reports = try #require(scene.inbox[slave]?.first).reports()
        reports[0].obstacle = noFolder
        let answer = scene.report(slave, build, reports)
        #expect(answer.refused.isEmpty)
        #expect(scene.record(build)?.progress.completedAtoms == 1)
    }

    @Test func `An obstacle costs no retry`() throws {
        var (scene, slaves, build) = scene([1, 1]) { $0.retries = 1 }
        let mine = try #require(scene.inbox[slaves[0]]?.first)
        scene.report(slaves[0], build, reports(mine, noFolder))
        let other = try #require(scene.inbox[slaves[1]]?.first)
        scene.report(slaves[1], other)
        let again = try #require(scene.inbox[slaves[1]]?.last)
        #expect(again.subjob == mine.subjob && again.atoms[0].failures == nil)
        scene.report(slaves[1], again, exitCode: 1)
        let third = try #require(scene.inbox[slaves[1]]?.last)
        #expect(third.atoms[0].failures == 1)
        scene.report(slaves[1], third)
        #expect(scene.record(build)?.result == .noFailures)
        #expect(scene.record(build)?.progress.flakyAtoms == 1)
        #expect(scene.stored.attempts.map(\.number) == [1, 2])
        #expect(scene.stored.attempts.map(\.isObstructed) == [true, false])
    }

    @Test func `A slave that gives back what nobody asked for gets nothing more`() throws {
        var (scene, slaves, build) = scene([1, 1, 1, 1, 1, 1])
        let held = try #require(scene.inbox[slaves[0]])
        let parts = held.map { LeaseAtoms(lease: $0.lease, atoms: [0]) }
        scene.giveBack(slaves[0], build, parts)
        #expect(scene.inbox[slaves[0]]?.count == held.count)
        #expect(scene.phase(slaves[0]) == .tearingDown(build: build))
        scene.runToTheEnd()
        #expect(scene.record(build)?.result == .noFailures)
    }
}
