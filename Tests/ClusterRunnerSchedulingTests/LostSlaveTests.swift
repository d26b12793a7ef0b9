import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerScheduling
import Testing

@Suite struct LostSlaveTests {
    @Test func `A slave is lost when it is silent for the whole timeout, and not a moment before`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        scene.pass(.milliseconds(9999))
        scene.expire()
        #expect(scene.phase(slave) == .idle)
        scene.pass(.milliseconds(1))
        scene.expire()
        #expect(scene.phase(slave) == .lost)
        #expect(scene.effects == [.eventsStored, .disconnect(slave: slave)])
        #expect(scene.stored.events.last?.data["reason"] == "no sign of life for 10.0 seconds")
        let counts = scene.hear(slave)
        #expect(!counts)
    }

    @Test func `The event of a departure has its kind, and the leases that the slave held`() {
        var scene = ClusterScene()
        let slaves = ["a:1", "b:1", "c:1"].map { scene.slave($0) }
        let build = scene.build([1])
        scene.setUp(slaves[0], build)
        let lease = scene.inbox[slaves[0], default: []].map { JSONValue.integer($0.lease) }
        scene.leave(slaves[2])
        _ = scene.register("b:1", session: "another")
        scene.pass(.seconds(10))
        scene.expire()
        let departures = scene.stored.events.filter { $0.tag == EventTag.slaveLost.rawValue }.map(\.data)
        let known = departures.filter { $0["url"] != "b:1" || $0["kind"] == "replaced" }
        #expect(known.map { $0["url"] } == ["c:1", "b:1", "a:1"])
        #expect(known.map { $0["kind"] } == ["left", "replaced", "silent"])
        #expect(known.map { $0["leases"] } == [[], [], .array(lease)])
        #expect(lease.count == 1)
    }

    @Test func `Heartbeats, results and a new connection are signs of life`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let signs: [(inout ClusterScene) -> Void] = [
            { $0.hear(slave) }, { $0.connect(slave) }, { $0.report(slave, 1, []) }, { _ = $0.register("a:1") },
        ]
        for sign in signs {
            scene.pass(.seconds(9))
            sign(&scene)
            scene.expire()
            #expect(scene.phase(slave) == .idle)
        }
    }

    @Test func `The next expiry is that of the most silent slave that is alive`() {
        var scene = ClusterScene()
        #expect(scene.cluster.nextExpiry == nil)
        _ = scene.slave("a:1")
        scene.pass(.seconds(4))
        _ = scene.slave("b:1")
        #expect(scene.cluster.nextExpiry == .seconds(10))
        scene.pass(.seconds(6))
        scene.expire()
        #expect(scene.cluster.nextExpiry == .seconds(14))
    }

    @Test func `What a lost slave held runs at once on another that works for the build`() {
        var scene = ClusterScene()
        let slaves = [scene.slave("a:1"), scene.slave("b:1")]
        let build = scene.build([1, 1])
        for slave in slaves { scene.setUp(slave, build) }
        scene.report(slaves[1], scene.inbox[slaves[1], default: []][0])
        scene.tearDown(slaves[1], build)
        scene.leave(slaves[0])
        #expect(scene.phase(slaves[1]) == .settingUp(build: build))
        scene.setUp(slaves[1], build)
        #expect(scene.inbox[slaves[1]]?.map(\.subjob) == [1, 0])
        scene.runToTheEnd()
        #expect(scene.record(build)?.result == .noFailures)
    }

    @Test func `What a lost slave has reported stays`() throws {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.build([3])
        scene.setUp(slave, build)
        let grant = try #require(scene.inbox[slave]?.first)
        scene.report(slave, build, Array(grant.reports().prefix(2)))
        scene.leave(slave)
        let other = scene.slave("b:1")
        scene.setUp(other, build)
        #expect(scene.inbox[other]?.first?.atoms.map(\.id) == [2])
        #expect(scene.record(build)?.progress.completedAtoms == 2)
    }

    @Test func `A subjob that loses its slave for the third time fails, and names the slaves`() {
        var scene = ClusterScene()
        let build = scene.build([2, 1])
        for number in 1...3 {
            #expect(scene.record(build)?.state.isFinal == false)
            let slave = scene.slave("host\(number):1", executors: 1)
            scene.setUp(slave, build)
            #expect(scene.inbox[slave]?.first?.subjob == 0)
            if number == 1 { scene.report(slave, scene.inbox[slave, default: []][1]) }
            scene.leave(slave)
        }
        #expect(scene.record(build)?.state == .finished)
        #expect(scene.record(build)?.result == .failure)
        #expect(scene.exitCodes(build) == [[1, 1], [0]])
        let cause = scene.stored.atoms[.init(build: build, subjob: 0, atom: 0)]?.result?.cause
        #expect(cause == "3 slaves were lost while they held it: host1:1, host2:1, host3:1.")
    }

    @Test func `Slaves that fall silent together are one loss`() {
        var scene = ClusterScene()
        let slaves = (1...4).map { scene.slave("host\($0):1", executors: 2) }
        let build = scene.build([Int](repeating: 1, count: 9))
        for slave in slaves { scene.setUp(slave, build) }
        let sent = scene.inbox
        scene.pass(.seconds(10))
        scene.expire()
        #expect(scene.inbox == sent, "nothing is sent to a slave that is silent, too")
        #expect(scene.record(build)?.state == .building)
        #expect(scene.record(build)?.progress.failedAtoms == 0)
        let back = scene.slave("host1:1", executors: 8)
        scene.setUp(back, build)
        scene.runToTheEnd()
        #expect(scene.record(build)?.result == .noFailures)
    }

    @Test func `Work of a lost slave passes over slaves that fell silent with it`() throws {
        var scene = ClusterScene()
        let slaves = ["a:1", "b:1", "c:1", "d:1"].map { scene.slave($0, executors: 2) }
        let build = scene.build([Int](repeating: 1, count: 8))
        for slave in slaves { scene.setUp(slave, build) }
        // The last two executors of the others are idle.
        for slave in slaves.dropFirst() { scene.report(slave, try #require(scene.inbox[slave]?.first)) }
        // Heartbeats are spread, so that three slaves that die at once expire one after the other.
        for slave in slaves.prefix(3) {
            scene.hear(slave)
            scene.pass(.seconds(1))
        }
        for second in 10...12 {
            scene.pass(.seconds(second) - scene.now.uptime)
            scene.hear(slaves[3])
            scene.expire()
            #expect(Set(scene.instructions.keys).isSubset(of: [slaves[3]]), "at \(second) s")
        }
        #expect(slaves.map(scene.phase) == [.lost, .lost, .lost, .working(build: build)])
        scene.runToTheEnd()
        #expect(scene.record(build)?.result == .noFailures)
    }

    @Test func `A build gets no slave that is silent, until it is heard again`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        scene.pass(.seconds(7))
        let build = scene.build([1])
        #expect(scene.phase(slave) == .idle)
        scene.heartbeat(slave)
        #expect(scene.phase(slave) == .settingUp(build: build))
    }

    @Test func `A slave that was passed over while it was silent gets work when it is heard again`() throws {
        var scene = ClusterScene()
        let (lost, silent) = (scene.slave("a:1"), scene.slave("b:1", executors: 2))
        let build = scene.build([1, 1, 1])
        for slave in [lost, silent] { scene.setUp(slave, build) }
        scene.pass(.seconds(3))
        scene.report(silent, try #require(scene.inbox[silent]?.first))
        scene.pass(.seconds(7))
        scene.expire()
        #expect(scene.phase(lost) == .lost)
        #expect(scene.instructions[silent] == nil)
        let held = scene.inbox[silent, default: []].count
        scene.heartbeat(silent)
        #expect(scene.inbox[silent]?.count == held + 1)
    }

    @Test func `A slave without a connection gets no work of a lost one`() {
        var scene = ClusterScene()
        let (lost, cut) = (scene.slave("a:1"), scene.slave("b:1", executors: 2))
        let build = scene.build([1, 1])
        for slave in [lost, cut] { scene.setUp(slave, build) }
        scene.decide { cluster, _, _ in cluster.disconnected(slave: cut) }
        scene.leave(lost)
        #expect(scene.instructions[cut] == nil)
        scene.connect(cut)
        scene.runToTheEnd()
        #expect(scene.record(build)?.result == .noFailures)
    }

    @Test func `A build that waits for slaves goes on with the next one`() {
        var scene = ClusterScene()
        let build = scene.build([1])
        #expect(scene.record(build)?.state == .prepared)
        let slave = scene.slave("a:1")
        scene.leave(slave)
        #expect(scene.record(build)?.state == .building)
        _ = scene.slave("b:1")
        scene.runToTheEnd()
        #expect(scene.record(build)?.result == .noFailures)
    }
}
