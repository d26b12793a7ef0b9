import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerScheduling
import Testing

@Suite struct ResultTests {
    /// Makes one slave that holds the only subjob of a build.
    private func holder(
        atoms: Int = 1,
        _ change: (inout Job) -> Void = { _ in }
    ) throws -> (ClusterScene, slave: SlaveID, build: BuildID, LeaseGrant) {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.build([atoms], change)
        scene.setUp(slave, build)
        return (scene, slave, build, try #require(scene.inbox[slave]?.first))
    }

    @Test func `A result is stored, and its time kept for later builds`() throws {
        var (scene, slave, build, grant) = try holder(atoms: 2)
        var reports = grant.reports()
        reports[0].result.console = .inline([104, 105])
        reports[1].result.exitCode = 3
        let answer = scene.report(slave, build, reports)
        #expect(answer.grants.isEmpty && answer.refused.isEmpty)
        #expect(scene.exitCodes(build) == [[0, 3]])
        let console = scene.stored.atoms[.init(build: build, subjob: 0, atom: 0)]?.result?.console
        #expect(console == .inline([104, 105]))
        #expect(scene.stored.timings == [AtomTiming(atom: Atom(variable: "V", value: "0.0"), seconds: 1)])
        #expect(scene.record(build)?.result == .failure)
        #expect(scene.record(build)?.progress.failedAtoms == 1)
    }

    @Test func `Why an atom failed is in the event log`() throws {
        var (scene, slave, build, grant) = try holder(atoms: 2)
        var reports = grant.reports()
        reports[1].result.cause = "No space left on device."
        scene.report(slave, build, reports)
        let events = scene.stored.events.filter { $0.tag == "ATOM_FINISH" }
        #expect(events.map { $0.data["cause"] } == [nil, "No space left on device."])
    }

    @Test func `The times of atoms that passed are kept even of a build that is canceled`() throws {
        var (scene, slave, build, grant) = try holder(atoms: 3)
        scene.report(slave, build, Array(grant.reports().prefix(2)))
        scene.cancel(build)
        #expect(scene.stored.timings.map(\.atom.value) == ["0.0", "0.1"])
    }

    @Test func `A doubled result is refused and changes nothing`() throws {
        var (scene, slave, build, grant) = try holder(atoms: 2)
        let report = Array(grant.reports().prefix(1))
        scene.report(slave, build, report)
        let before = scene.stored.atoms
        var doubled = report
        doubled[0].result.exitCode = 1
        let answer = scene.report(slave, build, doubled)
        #expect(answer.refused.map(\.reason) == ["Atom 0 of subjob 0 was reported before under lease 1."])
        #expect(scene.stored.atoms == before)
        #expect(scene.stored.events.last?.tag == "MASTER_REFUSED_RESULT")
        #expect(scene.record(build)?.progress.completedAtoms == 1)
    }

    @Test func `A late result under an old lease is refused and changes nothing`() throws {
        var (scene, slave, build, grant) = try holder()
        scene.leave(slave)
        let other = scene.slave("b:1")
        scene.setUp(other, build)
        for sender in [slave, other] {
            let answer = scene.report(sender, grant, exitCode: 1)
            #expect(answer.refused.map(\.reason) == ["Subjob 0 of build 1 is no longer held under lease 1."])
        }
        #expect(scene.exitCodes(build) == [[nil]])
        scene.reportAll(other)
        #expect(scene.record(build)?.result == .noFailures)
    }

    @Test func `The result of a slave that does not hold the subjob is refused`() throws {
        var (scene, _, build, grant) = try holder()
        let other = scene.slave("b:1")
        let answer = scene.report(other, grant)
        #expect(answer.refused.map(\.reason) == ["Subjob 0 of build 1 is no longer held under lease 1."])
        #expect(scene.exitCodes(build) == [[nil]])
    }

    @Test(arguments: [
        (9, 0, "Build 1 has no subjob 9."), (-1, 0, "Build 1 has no subjob -1."),
        (0, 7, "Subjob 0 of build 1 has no atom 7."), (0, -1, "Subjob 0 of build 1 has no atom -1."),
    ])
    func `A result of something that does not exist is refused`(subjob: SubjobID, atom: AtomIndex, reason: String)
        throws
    {
        var (scene, slave, build, _) = try holder()
        let result = AtomResult(exitCode: 0, seconds: 1)
        let report = AtomReport(lease: 1, subjob: subjob, atom: atom, executor: 0, result: result)
        let answer = scene.report(slave, build, [report])
        #expect(answer.refused.map(\.reason) == [reason])
        #expect(scene.exitCodes(build) == [[nil]])
    }

    @Test func `Results of a build that has ended are refused`() throws {
        var (scene, slave, build, grant) = try holder()
        scene.cancel(build)
        let answer = scene.report(slave, grant)
        #expect(answer.refused.map(\.reason) == ["Build 1 is not running."])
        #expect(answer.grants.isEmpty)
        #expect(scene.stored.breaches.isEmpty)
    }

    @Test func `A late report of one build brings no work of another`() throws {
        var (scene, slave, first, grant) = try holder()
        scene.cancel(first)
        scene.tearDown(slave, first)
        let second = scene.build([1, 1, 1])
        scene.setUp(slave, second)
        scene.report(slave, try #require(scene.inbox[slave]?.last), exitCode: 0)
        let answer = scene.report(slave, grant)
        #expect(answer.grants.isEmpty)
        #expect(scene.phase(slave) == .working(build: second))
    }

    @Test func `What the accepted part of a mixed batch says counts`() throws {
        var (scene, slave, build, grant) = try holder(atoms: 3)
        let reports = grant.reports()
        let answer = scene.report(slave, build, [reports[0], reports[0], reports[2]])
        #expect(answer.refused.map(\.atom) == [0])
        #expect(scene.exitCodes(build) == [[0, nil, 0]])
    }
}

// MARK: Retries and fail_fast

extension ResultTests {
    @Test func `A failed atom is run again as often as the job says, alone and under a new lease`() throws {
        var (scene, slave, build, grant) = try holder(atoms: 2) { $0.retries = 2 }
        var reports = grant.reports()
        reports[1].result.exitCode = 1
        var answer = scene.report(slave, build, reports)
        for _ in 0..<2 {
            let again = try #require(answer.grants.first)
            #expect(again.atoms.map(\.id) == [1])
            #expect(again.lease > grant.lease)
            #expect(scene.record(build)?.state == .building)
            answer = scene.report(slave, again, exitCode: 4)
        }
        #expect(answer.grants.isEmpty)
        #expect(scene.exitCodes(build) == [[0, 4]])
        #expect(scene.stored.atoms[.init(build: build, subjob: 0, atom: 1)]?.attempts == 3)
        #expect(scene.record(build)?.result == .failure)
    }

    @Test func `An atom that fails and then passes counts as passed, with both attempts`() throws {
        var (scene, slave, build, grant) = try holder { $0.retries = 1 }
        let again = try #require(scene.report(slave, grant, exitCode: 1).grants.first)
        scene.report(slave, again)
        #expect(scene.record(build)?.result == .noFailures)
        #expect(scene.stored.atoms.values.map(\.attempts) == [2])
        #expect(scene.record(build)?.progress.failedAtoms == 0)
    }

    @Test func `A run that a lost slave began is no attempt`() throws {
        var (scene, slave, build, _) = try holder { $0.retries = 1 }
        scene.leave(slave)
        let other = scene.slave("b:1")
        scene.setUp(other, build)
        scene.reportAll(other, exitCode: 1)
        #expect(scene.stored.atoms.values.map(\.attempts) == [2])
        #expect(scene.record(build)?.result == .failure)
    }

    @Test(arguments: ["timeout", "canceled", "Its files did not reach the master."])
    func `A cause is a failure whatever the exit code`(cause: String) throws {
        var (scene, slave, build, grant) = try holder()
        var reports = grant.reports()
        reports[0].result.cause = cause
        scene.report(slave, build, reports)
        #expect(scene.record(build)?.result == .failure)
        #expect(scene.stored.atoms.values.first?.result?.cause == cause)
        #expect(scene.stored.timings.isEmpty)
    }

    @Test func `fail_fast gives up what waits at the first final failure, and lets what runs end`() throws {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.build([Int](repeating: 1, count: 10)) { $0.failFast = true }
        scene.setUp(slave, build)
        let held = try #require(scene.inbox[slave])
        #expect(held.count == 2)
        let answer = scene.report(slave, held[0], exitCode: 1)
        #expect(answer.grants.isEmpty)
        #expect(scene.record(build)?.state == .building)
        scene.report(slave, held[1])
        #expect(scene.record(build)?.state == .finished)
        #expect(scene.record(build)?.result == .failure)
        #expect(scene.exitCodes(build) == [[1], [0]] + [[Int?]](repeating: [nil], count: 8))
        #expect(scene.stored.subjobs.values.filter { $0.state == .canceled }.count == 8)
    }

    @Test func `fail_fast waits for the retries of a failed atom`() throws {
        var (scene, slave, build, grant) = try holder { ($0.failFast, $0.retries) = (true, 1) }
        let again = try #require(scene.report(slave, grant, exitCode: 1).grants.first)
        scene.report(slave, again)
        #expect(scene.record(build)?.result == .noFailures)
    }

    @Test func `A failure that is filed as an attempt stays one, though the same batch ends the build`() throws {
        var scene = ClusterScene()
        let slave = scene.slave("a:1", executors: 2)
        let build = scene.build([1, 1]) {
            $0.failFast = true
            $0.retries = 1
        }
        scene.setUp(slave, build)
        let leases = try #require(scene.inbox[slave])
        scene.report(slave, leases[0], exitCode: 1)
        let again = try #require(scene.inbox[slave]?.last)
        let batch = again.reports(exitCode: 1) + leases[1].reports(exitCode: 1)
        let verdicts = batch.map { scene.cluster.verdict(on: $0, build: build, from: slave) }
        let expected: [ReportVerdict] = [.result, .attempt(1)]
        #expect(verdicts == expected, "The first is final, the files of the second are kept as those of an attempt.")
        scene.report(slave, build, batch)
        #expect(scene.record(build)?.progress.failedAtoms == 1)
        #expect(scene.exitCodes(build)[leases[1].subjob.rawValue] == [nil])
        #expect(scene.stored.attempts.contains { $0.subjobID == leases[1].subjob && $0.number == 1 })
    }

    @Test func `After a failure fail_fast takes back what other slaves have not begun`() throws {
        var scene = ClusterScene()
        let slaves = [scene.slave("a:1"), scene.slave("b:1")]
        let build = scene.build([Int](repeating: 1, count: 10)) { $0.failFast = true }
        for slave in slaves { scene.setUp(slave, build) }
        let held = try #require(scene.inbox[slaves[1]])
        try #require(held.count == 2)
        scene.report(slaves[0], try #require(scene.inbox[slaves[0]]?.first), exitCode: 1)
        let parts = held.map { LeaseAtoms(lease: $0.lease, atoms: [0]) }
        #expect(scene.instructions[slaves[1]]?.contains(.giveBack(build: build, parts)) == true)
        scene.giveBack(slaves[1], build, [parts[1]])
        let rest = try #require(scene.inbox[slaves[0]]).dropFirst()
        scene.giveBack(slaves[0], build, rest.map { LeaseAtoms(lease: $0.lease, atoms: [0]) })
        #expect(scene.record(build)?.state == .building, "What runs may end.")
        scene.report(slaves[1], held[0])
        #expect(scene.record(build)?.state == .finished)
        #expect(scene.record(build)?.progress.unrunAtoms == 8)
        #expect(scene.record(build)?.progress.completedAtoms == 2)
    }

    @Test func `Once fail_fast has begun, a failure is the last word on its atom`() throws {
        var scene = ClusterScene()
        let slaves = [scene.slave("a:1"), scene.slave("b:1")]
        let build = scene.build([1, 1]) { ($0.failFast, $0.retries) = (true, 1) }
        for slave in slaves { scene.setUp(slave, build) }
        let other = try #require(scene.inbox[slaves[1]]?.first)
        for _ in 1...2 { scene.report(slaves[0], try #require(scene.inbox[slaves[0]]?.last), exitCode: 1) }
        scene.report(slaves[1], other, exitCode: 2)
        #expect(scene.record(build)?.progress.failedAtoms == 2)
        #expect(scene.exitCodes(build) == [[1], [2]])
    }

    @Test func `After a failure fail_fast does not run again what a slave loses`() {
        var scene = ClusterScene()
        let slaves = [scene.slave("a:1"), scene.slave("b:1")]
        let build = scene.build([1, 1]) { $0.failFast = true }
        for slave in slaves { scene.setUp(slave, build) }
        scene.reportAll(slaves[0], exitCode: 1)
        #expect(scene.record(build)?.state == .building)
        scene.leave(slaves[1])
        #expect(scene.record(build)?.state == .finished)
        #expect(scene.exitCodes(build) == [[1], [nil]])
    }
}
