import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerTesting
import ClusterRunnerWire
import Glibc
import Testing

@testable import ClusterRunnerCommands

@Suite(.timeLimit(.minutes(10))) struct BuildHeartbeatTests {
    private let progress: JSONValue = ["atoms": 9, "done": 4, "failed": 1, "running": 5, "expected_seconds_left": 40]

    private func atom(_ value: String, _ seconds: Double, slave: JSONValue = "m") -> JSONValue {
        [
            "subjob_id": 0, "atom_id": 0, "variable": "T", "value": .string(value), "slave_id": 7, "slave": slave,
            "seconds": .number(seconds), "expected_time": .null,
        ]
    }

    private func line(_ running: [JSONValue], _ members: [String: JSONValue] = [:]) throws -> String {
        var view = BuildView(build: 12)
        view.progress = try ProgressRepresentation.sample(progress)
        let status = try BuildRepresentation.sample(
            members.merging(["running_atoms": .array(running), "progress": try json(view.progress)]) { $1 }
        )
        let heartbeat = BuildHeartbeat(view: view, status: status, clock: { "[\(Int($0))]" })
        return heartbeat.line(elapsed: 65, now: 1000)
    }

    @Test func `It names the atoms that have run longest, and since when the first one runs`() throws {
        let atoms = [atom("a.sh", 160), atom("b\u{1B}[2Jc", 62, slave: .null), atom("d", 31), atom("e", 1)]
        #expect(
            try line(atoms)
                == "Build 12: 4 of 9 atoms, 1 failed, 1:05 elapsed, about 0:40 left, 5 running: a.sh for 2:40 on m "
                + "(since [840]), bc for 1:02 on slave 7, d for 0:31 on m, 2 more."
        )
        #expect(try line([atom("a", 1)], ["atom_variables": ["T", "U"]]).contains(" T=a for 0:01 on m"))
    }

    @Test func `A build without atoms tells its state, and a master that does not answer is told`() throws {
        var view = BuildView(build: 12, waitingFor: "a slave")
        let status = try BuildRepresentation.sample(["state": "PREPARING"])
        #expect(
            BuildHeartbeat(view: view, status: status).line(elapsed: 30, now: 0)
                == "Build 12: preparing, 0:30 elapsed, waiting for a slave."
        )
        view.waitingFor = nil
        #expect(
            BuildHeartbeat(view: view, status: nil).line(elapsed: 30, now: 0)
                == "Build 12: its atoms are not known yet, the master does not answer, 0:30 elapsed."
        )
    }

    @Test func `A line counts as a sign of life, and one that came meanwhile keeps the heartbeat quiet`() async throws {
        let clock = StepClock()
        let lines = Lock<[String]>([])
        let timekeeper = Timekeeper(clock: clock) { 0 }
        let console = BuildConsole(
            mode: .plain,
            style: .plain,
            timekeeper: timekeeper,
            write: { text in lines.withLock { $0.append(text) } }
        )
        await console.begin(12, "Build 12 is queued.")
        async let moved = clock.step()
        try await timekeeper.sleep(for: .seconds(25))
        #expect(await moved == .seconds(25))
        #expect(await console.silence == .seconds(25))
        await console.beat(nil, after: .seconds(25))
        #expect(await console.silence == .zero)
        await console.beat(nil, after: .seconds(25))
        #expect(
            lines.withLock { $0 } == [
                "Build 12 is queued.\n",
                "Build 12: its atoms are not known yet, the master does not answer, 0:25 elapsed.\n",
            ]
        )
    }

    @Test func `A silent build says what runs within thirty seconds, again and again`() async throws {
        let project = try EmbeddedProject()
        let job = "Job: {commands: [read x < pipe], atomizers: [T: echo slow]}\n"
        try project.scratch.write(job, to: "clusterrunner.yaml")
        let pipe = "\(project.scratch.path)/pipe"
        try #require(mkfifo(pipe, 0o600) == 0)
        let request = project.request
        let clock = StepClock()
        let (lines, continuation) = AsyncStream<String>.makeStream()
        try await project.cluster.run { client in
            let build = try await client.createBuild(request)
            let console = BuildConsole(
                mode: .plain,
                style: .plain,
                timekeeper: Timekeeper(clock: clock) { 0 },
                write: { continuation.yield($0) }
            )
            await console.begin(build, "Begun.")
            let watch = BuildWatch(
                client: client,
                build: build,
                console: console,
                timekeeper: Timekeeper(clock: clock) { 0 }
            )
            var printed = lines.makeAsyncIterator()
            #expect(await printed.next() == "Begun.\n")
            await withThrowingTaskGroup { group in
                group.addTask { _ = try await watch.beat() }
                var heard = 0
                while heard < 3 {
                    // Time moves on only between two lines, however long the master takes to answer.
                    #expect(await clock.step() == BuildHeartbeat.interval - BuildHeartbeat.patience)
                    let line = await printed.next() ?? ""
                    if line.contains("1 running: slow for "), line.contains("(since ") { heard += 1 }
                }
                group.cancelAll()
            }
            let writer = open(pipe, O_WRONLY)
            #expect(write(writer, "x\n", 2) == 2)
            close(writer)
            let quiet = BuildConsole(mode: .quiet, style: .plain, timekeeper: .system())
            #expect(try await BuildWatch(client: client, build: build, console: quiet).untilEnd().result == .noFailures)
        }
    }
}
