import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerScheduling
import Testing

@Suite struct LeaseGrantTests {
    @Test func `Subjobs are handed out in the order of the plan, under leases that only grow`() {
        var scene = ClusterScene(lastLease: 50_000)
        let slave = scene.slave("a:1")
        let build = scene.build([1, 2, 1, 1, 3, 1])
        scene.setUp(slave, build)
        scene.reportAll(slave)
        let sent = scene.inbox[slave, default: []]
        #expect(sent.map(\.subjob) == [0, 1, 2, 3, 4, 5])
        #expect(sent.map(\.lease) == [50_001, 50_002, 50_003, 50_004, 50_005, 50_006])
        #expect(sent.map(\.atoms.count) == [1, 2, 1, 1, 3, 1])
        #expect(sent[4].atoms.map(\.atom.value) == ["4.0", "4.1", "4.2"])
    }

    @Test func `A lease tells which executor should run it: an idle one, or else the one that is done first`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1", executors: 2)
        let build = scene.build([1, 3, 1, 1])
        scene.setUp(slave, build)
        let executors = scene.stored.events.filter { $0.tag == "MASTER_TRIGGERED_SUBJOB" }.map {
            $0.data["executor_id"]
        }
        #expect(executors == [0, 1, 0, 0])
    }

    @Test func `One subjob is kept ready for each executor`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1", executors: 2)
        let build = scene.build([Int](repeating: 1, count: 100))
        scene.setUp(slave, build)
        #expect(scene.inbox[slave]?.count == 4)
        #expect(scene.cluster.slaves.first?.executorsInUse == 2)
        scene.report(slave, scene.inbox[slave, default: []][0])
        #expect(scene.inbox[slave]?.count == 5)
    }

    @Test func `Short subjobs are handed out further ahead, but not over half of what is left`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1", executors: 1)
        let build = scene.build([Int](repeating: 1, count: 100))
        scene.setUp(slave, build)
        var reports = scene.inbox[slave, default: []].flatMap { $0.reports() }
        for index in reports.indices { reports[index].result.seconds = 0.01 }
        let answer = scene.report(slave, build, reports)
        #expect(answer.grants.count == 26)
        let rest = scene.inbox[slave, default: []].suffix(26).flatMap { $0.reports() }
        let left = 100 - 2 - 26
        let next = scene.report(slave, build, rest)
        #expect(next.grants.count <= left / 2 + 1)
    }

    @Test func `How far ahead depends on how long a subjob takes, not on how long its atoms do`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.build([Int](repeating: 100, count: 200))
        scene.setUp(slave, build)
        var reports = scene.inbox[slave, default: []].flatMap { $0.reports() }
        for index in reports.indices { reports[index].result.seconds = 0.01 }
        let answer = scene.report(slave, build, reports)
        #expect(answer.grants.count == 2)
    }

    @Test func `At the end a slave gets only what it can start at once`() {
        var scene = ClusterScene()
        let slaves = [scene.slave("a:1", executors: 2), scene.slave("b:1", executors: 2)]
        let build = scene.build([1, 1, 1, 1])
        for slave in slaves { scene.setUp(slave, build) }
        #expect(slaves.map { scene.inbox[$0]?.count } == [2, 2])
    }

    @Test func `Every atom of a build counts exactly once, whoever ran it`() {
        var scene = ClusterScene()
        for number in 1...3 { _ = scene.slave("host\(number):1", executors: number) }
        let build = scene.build((0..<40).map { $0 % 4 + 1 })
        scene.runToTheEnd()
        #expect(scene.record(build)?.state == .finished)
        #expect(scene.record(build)?.result == .noFailures)
        #expect(scene.record(build)?.progress.completedAtoms == 100)
        #expect(scene.exitCodes(build).joined().allSatisfy { $0 == 0 })
        #expect(scene.stored.atoms.values.allSatisfy { $0.attempts == 1 })
        #expect(scene.stored.breaches.isEmpty)
        let sent = scene.inbox.values.joined().map(\.subjob.rawValue)
        #expect(sent.sorted() == Array(0..<40))
    }

    @Test func `A slave for which nothing is left is given back while others still work`() {
        var scene = ClusterScene()
        let slaves = [scene.slave("a:1"), scene.slave("b:1")]
        let first = scene.build([1, 1])
        let second = scene.build([1])
        for slave in slaves { scene.setUp(slave, first) }
        scene.reportAll(slaves[0])
        #expect(scene.instructions == [slaves[0]: [.tearDown(build: first)]])
        scene.tearDown(slaves[0], first)
        #expect(scene.phase(slaves[0]) == .settingUp(build: second))
        #expect(scene.phase(slaves[1]) == .working(build: first))
    }
}

// MARK: The slaves of a build

extension LeaseGrantTests {
    @Test func `Builds get slaves in the order of their requests`() {
        var scene = ClusterScene()
        let first = scene.request()
        let second = scene.request()
        scene.prepare(second, [1, 1])
        scene.prepare(first, [1])
        let slaves = [scene.slave("a:1"), scene.slave("b:1"), scene.slave("c:1")]
        #expect(slaves.map(scene.phase) == [first, second, second].map { .settingUp(build: $0) })
    }

    @Test func `The slaves with the most executors are taken first, and no more than there is work for`() {
        var scene = ClusterScene()
        let small = scene.slave("a:1", executors: 1)
        let large = scene.slave("b:1", executors: 4)
        let build = scene.build([1, 1, 1, 1])
        #expect(scene.phase(large) == .settingUp(build: build))
        #expect(scene.phase(small) == .idle)
    }

    @Test func `A build never uses more than max_executors`() {
        var scene = ClusterScene()
        let slaves = [2, 2, 2].enumerated().map { scene.slave("host\($0):1", executors: $1) }
        let build = scene.build([Int](repeating: 1, count: 20)) { $0.maxExecutors = 3 }
        let setups = slaves.compactMap { setup(of: $0, in: scene) }
        #expect(setups.map(\.executors) == [2, 1])
        #expect(setups.map(\.firstExecutorIndex) == [0, 2])
        for slave in slaves { scene.setUp(slave, build) }
        #expect(scene.inbox[slaves[2]] == nil)
        scene.runToTheEnd()
        #expect(scene.record(build)?.result == .noFailures)
    }

    @Test func `A build never uses more than max_executors_per_slave on one slave`() {
        var scene = ClusterScene()
        let slaves = (1...3).map { scene.slave("host\($0):1", executors: 4) }
        let build = scene.build([Int](repeating: 1, count: 20)) { $0.maxExecutorsPerSlave = 2 }
        #expect(slaves.compactMap { setup(of: $0, in: scene)?.executors } == [2, 2, 2])
        scene.setUp(slaves[0], build)
        #expect(scene.inbox[slaves[0]]?.count == 4, "two that run and two that wait")
    }

    /// Returns the set-up in a slave's last instructions.
    private func setup(of slave: SlaveID, in scene: ClusterScene) -> BuildSetup? {
        var scene = scene
        scene.connect(slave)
        guard case .setUp(let setup) = scene.instructions[slave]?.first else { return nil }
        return setup
    }

    @Test func `A slave with one executor only is never handed to two builds`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let builds = [scene.build([1]), scene.build([1])]
        #expect(scene.phase(slave) == .settingUp(build: builds[0]))
        scene.setUp(slave, builds[0])
        scene.reportAll(slave)
        #expect(scene.phase(slave) == .tearingDown(build: builds[0]))
        scene.tearDown(slave, builds[0])
        #expect(scene.phase(slave) == .settingUp(build: builds[1]))
    }
}
