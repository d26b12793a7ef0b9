import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerScheduling
import Testing

@Suite struct SetupTests {
    @Test func `A slave is told everything that it needs`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1", executors: 3)
        let build = scene.build([1, 1, 1, 1])
        let setup = BuildSetup(
            build: build,
            projectType: "scripted",
            parameters: ProjectParameters([:]),
            remoteFiles: [],
            job: Job(name: "job", command: "run", atomizers: []),
            executors: 3,
            firstExecutorIndex: 0
        )
        #expect(scene.instructions == [slave: [.setUp(setup)]])
    }

    @Test func `A slave on which the set-up failed tears down, and another is preferred to it`() {
        var scene = ClusterScene()
        let broken = scene.slave("a:1", executors: 8)
        let build = scene.build([1])
        scene.setUp(broken, build, failure: "no disk")
        #expect(scene.instructions == [broken: [.tearDown(build: build)]])
        let second = scene.build([1])
        let other = scene.slave("b:1")
        #expect(scene.phase(other) == .settingUp(build: build))
        scene.tearDown(broken, build)
        #expect(scene.phase(broken) == .settingUp(build: second))
    }

    @Test func `While there is another slave, even a busy one, the one on which the set-up failed is not tried again`()
    {
        var scene = ClusterScene()
        let busy = scene.slave("b:1")
        let first = scene.build([1])
        scene.setUp(busy, first)
        let broken = scene.slave("a:1")
        let build = scene.build([1])
        scene.setUp(broken, build, failure: "no disk")
        scene.tearDown(broken, build)
        #expect(scene.phase(broken) == .idle)
        scene.reportAll(busy)
        scene.tearDown(busy, first)
        #expect(scene.phase(busy) == .settingUp(build: build))
        scene.leave(busy)
        #expect(scene.phase(broken) == .settingUp(build: build))
    }

    @Test func `The fifth failed set-up ends the build, with the output of all`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.build([1])
        for number in 1...5 {
            #expect(scene.phase(slave) == .settingUp(build: build))
            #expect(scene.record(build)?.state == .building)
            scene.setUp(slave, build, failure: "failure \(number)")
            scene.tearDown(slave, build)
        }
        #expect(scene.record(build)?.state == .error)
        #expect(scene.record(build)?.result == .failure)
        let lines = ["The set-up failed 5 times."] + (1...5).map { "On a:1: failure \($0)" }
        #expect(scene.record(build)?.errorMessage == lines.joined(separator: "\n"))
        #expect(scene.phase(slave) == .idle)
        #expect(scene.stored.atoms.values.map(\.state) == [.canceled])
    }

    @Test func `A set-up that nobody waits for changes nothing`() {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.build([1])
        scene.setUp(slave, BuildID(build.rawValue + 1))
        #expect(scene.phase(slave) == .settingUp(build: build))
        scene.setUp(slave, build)
        scene.setUp(slave, build)
        scene.setUp(slave, build, failure: "too late")
        #expect(scene.effects.isEmpty)
        #expect(scene.inbox[slave]?.count == 1)
        #expect(scene.phase(slave) == .working(build: build))
    }

    @Test func `A doubled teardown does not undo the next set-up`() throws {
        var scene = ClusterScene()
        let slave = scene.slave("a:1")
        let build = scene.build([1])
        scene.setUp(slave, build, failure: "no disk")
        scene.tearDown(slave, build)
        #expect(scene.phase(slave) == .settingUp(build: build))
        scene.tearDown(slave, build)
        #expect(scene.effects.isEmpty)
        #expect(scene.phase(slave) == .settingUp(build: build))
    }

    @Test func `A slave that gives a build up by itself gives back what it held`() {
        var scene = ClusterScene()
        let slaves = [scene.slave("a:1", executors: 2), scene.slave("b:1", executors: 2)]
        let build = scene.build([1, 1, 1])
        for slave in slaves { scene.setUp(slave, build) }
        scene.shutDown(slaves[0])
        scene.tearDown(slaves[0], build)
        #expect(scene.phase(slaves[0]) == .idle)
        #expect(scene.inbox[slaves[1]]?.map(\.subjob) == [2, 0])
        scene.runToTheEnd()
        #expect(scene.exitCodes(build) == [[0], [0], [0]])
    }
}
