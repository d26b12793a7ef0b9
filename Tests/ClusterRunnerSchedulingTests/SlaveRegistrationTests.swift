import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerScheduling
import Testing

@Suite struct SlaveRegistrationTests {
    @Test func `Slaves are numbered from the last number on, and none is used twice`() {
        var scene = ClusterScene(lastSlave: 7)
        var slaves = [scene.register("a:1"), scene.register("b:1")]
        scene.leave(9)
        slaves.append(scene.register("c:1"))
        #expect(slaves == [8, 9, 10])
        #expect(scene.stored.counters[.slave] == 10)
        #expect(scene.cluster.slaves.map(\.id) == [8, 9, 10])
    }

    @Test func `A slave that left stays listed for an hour, as one that is not alive`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        scene.pass(.seconds(5))
        scene.leave(slave)
        let departed = scene.cluster.slaves.first
        #expect(departed?.isAlive == false && departed?.isShuttingDown == true)
        let isKnown = scene.hear(slave)
        #expect(!isKnown)
        #expect(scene.cluster.nextExpiry == .seconds(3605))
        scene.pass(.seconds(3599))
        scene.expire()
        #expect(scene.cluster.slaves.count == 1)
        scene.pass(.seconds(1))
        scene.expire()
        #expect(scene.cluster.slaves.isEmpty)
        #expect(scene.cluster.nextExpiry == nil)
    }

    @Test func `The same session keeps its number and its work`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.build([1])
        scene.setUp(slave, build)
        let again = scene.register("a:1")
        #expect(again == slave)
        #expect(scene.effects.isEmpty)
        #expect(scene.phase(slave) == .working(build: build))
        #expect(scene.cluster.slaves.first?.executorsInUse == 1)
    }

    @Test func `A new session under a known URL replaces the old one, whose work goes back to its build`() {
        var scene = ClusterScene()
        let old = scene.slave("a:1", executors: 2)
        let build = scene.build([1])
        scene.setUp(old, build)
        let new = scene.slave("a:1", session: "another")
        #expect(new != old)
        #expect(scene.phase(old) == nil)
        #expect(scene.phase(new) == .settingUp(build: build))
        let lost = scene.stored.events.last { $0.tag == "SLAVE_LOST" }
        #expect(lost?.data["reason"] == "replaced by a new session")
        scene.setUp(new, build)
        #expect(scene.inbox[new]?.map(\.subjob) == [0])
    }

    @Test func `A session that was lost registers as a new slave`() {
        var scene = ClusterScene()
        let lost = scene.slave("a:1")
        scene.pass(.seconds(10))
        scene.expire()
        let back = scene.register("a:1")
        #expect(back.rawValue == lost.rawValue + 1)
        #expect(scene.cluster.slaves.map(\.id) == [back])
    }

    @Test func `A slave gets no build before it is connected, nor after its line is gone`() {
        var scene = ClusterScene()
        let slave = scene.register("a:1")
        let build = scene.build([1])
        #expect(scene.phase(slave) == .idle)
        scene.connect(slave)
        #expect(scene.phase(slave) == .settingUp(build: build))
        scene.cancel(build)
        scene.decide { cluster, _, _ in cluster.disconnected(slave: slave) }
        scene.tearDown(slave, build)
        let second = scene.build([1])
        #expect(scene.phase(slave) == .idle)
        scene.connect(slave)
        #expect(scene.phase(slave) == .settingUp(build: second))
    }

    @Test func `A slave that is not known is nobody`() {
        var scene = ClusterScene()
        scene.connect(5)
        scene.tearDown(5, 1)
        scene.setUp(5, 1)
        scene.shutDown(5)
        scene.leave(5)
        let isKnown = scene.hear(5)
        #expect(!isKnown)
        #expect(scene.stored.events.isEmpty && scene.effects.isEmpty)
    }
}

// MARK: Repeated instructions

extension SlaveRegistrationTests {
    @Test func `A slave that comes back during its set-up is told to set up again`() throws {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        _ = scene.build([1])
        let first = try #require(scene.instructions[slave])
        scene.connect(slave)
        #expect(scene.instructions[slave] == first)
    }

    @Test func `A slave that comes back with work is told what it holds and has not reported`() throws {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.build([2, 1])
        scene.setUp(slave, build)
        let first = try #require(scene.inbox[slave]?.first)
        scene.report(slave, build, Array(first.reports().prefix(1)))
        scene.connect(slave)
        let told = try #require(scene.instructions[slave])
        #expect(told.count == 2)
        guard case .run(let again) = told.last else { return #expect(Bool(false), "\(told)") }
        #expect(again.map(\.lease) == scene.inbox[slave]?.map(\.lease))
        #expect(again.first?.atoms.map(\.id) == [1])
    }

    @Test func `A slave that comes back after its build has ended is told to cancel it`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.build([1])
        scene.cancel(build)
        scene.connect(slave)
        #expect(scene.instructions == [slave: [.cancel(build: build)]])
    }

    @Test func `A slave that comes back while it drains is told to shut down`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        scene.shutDown(slave)
        scene.connect(slave)
        #expect(scene.instructions == [slave: [.shutDown]])
    }

    @Test func `A slave whose answer was lost gets its leases when it repeats its report`() throws {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.build([1, 1, 1, 1])
        scene.setUp(slave, build)
        let reports = try #require(scene.inbox[slave]).flatMap { $0.reports() }
        let lost = scene.report(slave, build, reports, answerIsLost: true)
        #expect(!lost.grants.isEmpty)
        let repeated = scene.report(slave, build, reports)
        #expect(repeated.refused.count == reports.count)
        #expect(repeated.grants == lost.grants)
        scene.runToTheEnd()
        #expect(scene.record(build)?.result == .noFailures)
    }
}
