import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerJobFile
import Testing

@testable import ClusterRunnerScheduling

/// The places and begins of running atoms.
@Suite struct RunTests {
    private typealias Key = StoredState.AtomKey

    /// Makes a slave that holds both subjobs of a build, and runs one atom on its second executor for five seconds.
    private func running(_ change: (inout Job) -> Void = { _ in }) throws -> (
        ClusterScene, slave: SlaveID, build: BuildID
    ) {
        var scene = ClusterScene()
        let slave = scene.slave("a:1", executors: 2)
        let build = scene.build([1, 1], change)
        scene.setUp(slave, build)
        scene.pass(.seconds(7))
        say(&scene, slave, build, age: 5)
        return (scene, slave, build)
    }

    private func say(
        _ scene: inout ClusterScene,
        _ slave: SlaveID,
        _ build: BuildID,
        lease: LeaseID? = nil,
        age: Double
    ) {
        let lease = lease ?? scene.inbox[slave, default: []].first?.lease ?? 0
        let claim = LeasedAtom(lease: lease, subjob: 0, atom: 0)
        let atom = RunningAtom(claim: claim, executor: 1, age: age)
        let heartbeat = SlaveHeartbeat(build: build, leases: [lease], running: [atom])
        _ = scene.decide { $0.heartbeat(slave: slave, heartbeat, at: $1, &$2) }
    }

    private func shown(_ scene: ClusterScene, _ build: BuildID) -> AtomRecord? {
        scene.stored.atoms[Key(build: build, subjob: 0, atom: 0)]
    }

    @Test func `An atom that a slave says it runs shows where, and since when by the master's clock`() throws {
        var (scene, slave, build) = try running()
        let first = try #require(shown(scene, build))
        #expect(first.state == .inProgress && first.slaveID == slave && first.executor == 1)
        #expect(first.startedAt == scene.now.wall - 5)
        // A known run is not stored again with every heartbeat.
        scene.pass(.seconds(3))
        say(&scene, slave, build, age: 8.5)
        #expect(shown(scene, build) == first)
        #expect(scene.stored.atoms[Key(build: build, subjob: 1, atom: 0)]?.startedAt == nil)
    }

    @Test func `A result says where and when it ran, whatever was known before`() throws {
        var (scene, slave, build) = try running()
        let work = scene.inbox[slave, default: []]
        scene.pass(.seconds(2))
        var reports = work.flatMap { $0.reports() }
        reports[0].age = 7.25
        scene.report(slave, build, reports)
        let (first, second) = (shown(scene, build), scene.stored.atoms[Key(build: build, subjob: 1, atom: 0)])
        #expect(first?.startedAt == scene.now.wall - 7.25 && first?.executor == 0 && first?.slaveID == slave)
        #expect(second?.startedAt == scene.now.wall - 1, "without an age it began when its time says")
    }

    @Test func `Of a canceled build, what a slave held but had not begun never ran`() throws {
        var (scene, _, build) = try running()
        scene.cancel(build)
        #expect(scene.record(build)?.progress.unrunAtoms == 1)
    }

    @Test func `What a slave does not hold is not shown as running`() throws {
        var (scene, slave, build) = try running()
        let before = scene.stored.atoms
        say(&scene, slave, build, lease: 99, age: 1)
        say(&scene, slave, 77, age: 1)
        let other = scene.slave("b:1")
        say(&scene, other, build, lease: scene.inbox[slave]?[1].lease, age: 1)
        #expect(scene.stored.atoms == before)
        scene.report(slave, scene.inbox[slave, default: []][0])
        let done = shown(scene, build)
        say(&scene, slave, build, age: 1)
        #expect(shown(scene, build) == done)
        #expect(scene.stored.breaches.isEmpty)
    }

    @Test func `An atom whose slave is lost is shown nowhere until it runs again`() throws {
        var (scene, slave, build) = try running()
        scene.pass(.seconds(10))
        scene.expire()
        #expect(scene.phase(slave) == .lost)
        let atom = try #require(shown(scene, build))
        #expect(atom.state == .notStarted && atom.slaveID == nil && atom.executor == nil && atom.startedAt == nil)
    }

    @Test func `An atom that failed and is to run again is shown nowhere either`() throws {
        var (scene, slave, build) = try running { $0.retries = 1 }
        scene.report(slave, scene.inbox[slave, default: []][0], exitCode: 1)
        #expect(shown(scene, build)?.startedAt == nil)
        #expect(shown(scene, build)?.attempts == 1)
    }

    @Test func `A second run that a restart ends is forgotten at once`() throws {
        var (scene, slave, build) = try running { $0.retries = 1 }
        scene.report(slave, scene.inbox[slave, default: []][0], exitCode: 1)
        say(&scene, slave, build, lease: scene.inbox[slave, default: []].last?.lease, age: 2)
        #expect(shown(scene, build)?.startedAt == scene.now.wall - 2)
        _ = scene.restart()
        #expect(shown(scene, build)?.startedAt == nil)
    }

    @Test func `What runs when the master is restarted goes on from where it was, or is forgotten`() throws {
        var (scene, _, build) = try running()
        let start = shown(scene, build)?.startedAt
        _ = scene.restart()
        #expect(shown(scene, build)?.startedAt == start)
        scene.pass(.seconds(10))
        scene.expire()
        #expect(shown(scene, build)?.startedAt == nil)
    }
}
