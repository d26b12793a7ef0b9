import ClusterRunnerDomain
import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerScheduling

@Suite struct BuildLifeTests {
    @Test func `Builds are numbered from the last number on`() {
        var scene = ClusterScene(lastBuild: 41)
        let builds = [scene.request(), scene.request()]
        #expect(builds == [42, 43])
        #expect(scene.stored.counters[.build] == 43)
    }

    @Test func `A build passes all its states, each with its time`() {
        var scene = ClusterScene()
        let build = scene.request()
        #expect(scene.effects == [.eventsStored, .prepare(build: build)])
        scene.pass(.seconds(1))
        scene.startPreparing(build)
        scene.pass(.seconds(1))
        scene.decide { $0.prepared(build: build, plan: .scripted([1, 2]), at: $1, &$2) }
        scene.pass(.seconds(1))
        let slave = scene.slave("a:1")
        scene.setUp(slave, build)
        scene.pass(.seconds(1))
        scene.reportAll(slave)
        let times: [BuildState: Double] = [
            .queued: 1000, .preparing: 1001, .prepared: 1002, .building: 1003, .finished: 1004,
        ]
        #expect(scene.record(build)?.timestamps == times)
        let progress = BuildProgress(subjobs: 2, atoms: 3, completedSubjobs: 2, completedAtoms: 3)
        #expect(scene.record(build)?.progress == progress)
    }

    @Test func `The event log tells a build's story in the words of 1.x`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.build([1])
        scene.setUp(slave, build)
        scene.reportAll(slave)
        #expect(
            scene.stored.tags(build: build) == [
                "BUILD_REQUEST_QUEUED", "BUILD_PREPARE_START", "BUILD_PREPARE_FINISH", "BUILD_SETUP_START",
                "BUILD_SETUP_FINISH", "MASTER_TRIGGERED_SUBJOB", "ATOM_START", "ATOM_FINISH",
                "SUBJOB_EXECUTION_START", "SUBJOB_EXECUTION_FINISH", "MASTER_RECEIVED_RESULT", "BUILD_FINISHED",
            ]
        )
    }

    @Test func `A preparation that fails ends the build with the reason`() {
        var scene = ClusterScene()
        let build = scene.request()
        scene.startPreparing(build)
        scene.decide { $0.fail(build: build, "The fetch failed.", at: $1, &$2) }
        #expect(scene.record(build)?.state == .error)
        #expect(scene.record(build)?.errorMessage == "The fetch failed.")
        let event = scene.stored.events.last { $0.tag == "BUILD_PREPARE_FINISH" }
        #expect(event?.data["is_success"] == false)
        #expect(scene.effects.contains(.release(build: build)))
    }

    @Test func `A plan counts once, and only while the build is prepared`() {
        var scene = ClusterScene()
        let build = scene.request()
        scene.decide { $0.prepared(build: build, plan: .scripted([1]), at: $1, &$2) }
        #expect(scene.record(build)?.state == .queued)
        scene.prepare(build, [1, 1])
        scene.decide { $0.prepared(build: build, plan: .scripted([1]), at: $1, &$2) }
        #expect(scene.record(build)?.progress.subjobs == 2)
    }

    @Test func `The console output of a stored result is not kept in memory`() throws {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.build([2])
        scene.setUp(slave, build)
        var report = try #require(scene.inbox[slave]?.first?.reports().first)
        report.result.console = .inline([1, 2, 3])
        scene.report(slave, build, [report])
        #expect(scene.cluster.builds[build]?.subjobs[0].atoms[0].result?.console == .inline([]))
    }

    @Test func `Recent subjobs count most for the pace, and one outlier does not rule`() throws {
        var pace = Pace()
        #expect(pace.seconds == nil)
        pace.add(1)
        #expect(pace.seconds == 1)
        pace.add(11)
        #expect(pace.seconds == 2)
        for _ in 0..<100 { pace.add(5) }
        #expect(abs(try #require(pace.seconds) - 5) < 0.001)
    }

    @Test func `Lease numbers are durable in blocks before one of them is used`() {
        var leases = LeaseNumbers(last: 100)
        var decisions = ClusterDecisions()
        let first = (0..<3).map { _ in leases.next(&decisions) }
        #expect(first == [101, 102, 103])
        #expect(decisions.changes == [.counter(.lease, atLeast: 10_101)])
        for _ in 0..<9_998 { _ = leases.next(&decisions) }
        #expect(decisions.changes.count == 1)
        let next = leases.next(&decisions)
        #expect(next == 10_102)
        #expect(decisions.changes.last == .counter(.lease, atLeast: 20_102))
    }
}
