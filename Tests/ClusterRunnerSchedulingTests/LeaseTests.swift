import ClusterRunnerDomain
import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerScheduling

@Suite struct LeaseTests {
    @Test func `A heartbeat that names what the slave holds costs nothing`() throws {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.build([1, 1])
        scene.setUp(slave, build)
        let leases = try #require(scene.inbox[slave]?.map(\.lease))
        let events = scene.stored.events.count
        let lost = scene.heartbeat(slave, build, leases)
        #expect(lost == [])
        #expect(scene.stored.events.count == events)
    }

    @Test func `A lease that counts no more is refused, recorded, and changes nothing`() throws {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.build([1, 1])
        scene.setUp(slave, build)
        let lease = try #require(scene.inbox[slave]?.first?.lease)
        let lost = scene.heartbeat(slave, build, [lease, 77])
        #expect(lost == [77])
        let event = try #require(scene.stored.events.last)
        #expect(event.tag == "MASTER_REFUSED_LEASES")
        #expect(event.data == ["build_id": .integer(build), "slave_id": .integer(slave), "leases": [77]])
        scene.runToTheEnd()
        #expect(scene.stored.subjobs.values.map(\.attempts) == [1, 1])
    }

    @Test func `What a slave holds and does not name is sent once more, when it has had time to arrive`() throws {
        var scene = ClusterScene()
        let slave = scene.slave("a:1", executors: 2)
        let build = scene.build([1, 1])
        scene.setUp(slave, build)
        let work = try #require(scene.inbox[slave])
        #expect(work.count == 2)
        scene.inbox[slave] = []
        scene.pass(.milliseconds(999))
        _ = scene.heartbeat(slave, build, [work[0].lease])
        #expect(scene.inbox[slave] == [])
        scene.pass(.milliseconds(1))
        _ = scene.heartbeat(slave, build, [work[0].lease])
        #expect(scene.inbox[slave] == [work[1]])
        #expect(scene.stored.subjobs.values.map(\.attempts) == [1, 1], "it is no new attempt")
    }

    @Test
    func `The answer to atoms that are given back holds all that the slave holds, since it may be asked for again`()
        throws
    {
        var scene = ClusterScene()
        let slave = scene.slave("a:1", executors: 2)
        let build = scene.build([1, 1])
        scene.setUp(slave, build)
        let work = try #require(scene.inbox[slave])
        scene.inbox[slave] = []
        scene.giveBack(slave, build, [LeaseAtoms(lease: work[0].lease, atoms: [])])
        #expect(scene.inbox[slave] == work)
    }

    @Test func `The lease of another slave, or of a build that has ended, counts no more`() throws {
        var scene = ClusterScene()
        let (first, second) = (scene.slave("a:1"), scene.slave("b:1"))
        let build = scene.build([1, 1, 1])
        for slave in [first, second] { scene.setUp(slave, build) }
        let lease = try #require(scene.inbox[first]?.first?.lease)
        let ofAnother = scene.heartbeat(second, build, [lease])
        #expect(ofAnother == [lease])
        scene.cancel(build)
        let ofTheEnded = scene.heartbeat(first, build, [lease])
        #expect(ofTheEnded == [lease])
    }

    @Test func `A heartbeat is a sign of life, whatever it names, and of an unknown slave it is none`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        scene.pass(.seconds(9))
        let lost = scene.heartbeat(slave, nil, [5])
        #expect(lost == [5])
        scene.pass(.seconds(9))
        scene.expire()
        #expect(scene.phase(slave) == .idle)
        let unknown = scene.heartbeat(SlaveID(slave.rawValue + 1), nil, [])
        #expect(unknown == nil)
    }

    @Test func `The answer to a doubled result names the lease that it rests on as lost`() throws {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.build([1, 1, 1])
        scene.setUp(slave, build)
        let work = try #require(scene.inbox[slave]?.first)
        let first = scene.report(slave, work)
        #expect(first.lostLeases == [] && first.objection == nil)
        let again = scene.report(slave, work)
        #expect(again.lostLeases == [work.lease])
        #expect(again.objection == "Subjob 0 of build 1 is no longer held under lease \(work.lease).")
    }
}
