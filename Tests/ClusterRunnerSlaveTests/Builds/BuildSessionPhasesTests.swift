import ClusterRunnerClient
import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import ClusterRunnerTesting
import ClusterRunnerWire
import Foundation
import Testing

@testable import ClusterRunnerSlave

@Suite(.timeLimit(.minutes(10))) struct BuildSessionPhasesTests {
    /// Runs a body with a master, and a session of a job in a directory with the system's bash.
    private func withSession(
        _ job: Job,
        executors: Int = 1,
        events: SlaveEvents = SlaveEvents(place: nil, timekeeper: .system(), logger: .silent),
        _ body: @escaping @Sendable (PlayedMaster, BuildSession, String) async throws -> Void
    ) async throws {
        try await withScratchDirectory { directory in
            let master = try PlayedMaster()
            let project = "\(directory)/project"
            try SlaveFolders(base: directory).create(project)
            try await master.run { connection in
                let machine = SlaveMachine.test(master.parts(connection), in: directory, events: events)
                let session = BuildSession(.of(job, in: project, executors: executors), on: machine)
                try await body(master, session, project)
            }
        }
    }

    private func job(
        _ command: String,
        setup: String? = nil,
        teardown: String? = nil,
        setupTimeout: Double? = nil,
        teardownTimeout: Double? = nil
    ) -> Job {
        Job(
            name: "Unit",
            command: command,
            atomizers: [],
            setup: setup,
            teardown: teardown,
            setupTimeout: setupTimeout,
            teardownTimeout: teardownTimeout
        )
    }

    private func isThere(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    @Test func `A setup that takes too long is ended, and the reason says so`() async throws {
        let job = job("true", setup: "echo begun; sleep 1000", teardown: "echo teardown >> log", setupTimeout: 0.5)
        try await withSession(job) { (master, session, project) async throws in
            await session.run()
            let report = try await master.next().decode(SetupReport.self)
            #expect(
                report.failure == """
                    setup_build ran longer than 0.5 s, its setup_timeout, and was ended. Command: echo begun; sleep 1000
                    Output: begun
                    """
            )
            #expect(
                report.commands.first?.output
                    == "begun\n\n[ClusterRunner: ended after 0.5 s, the limit of setup_timeout.]\n"
            )
            #expect(try lines("\(project)/log") == ["teardown"])
        }
    }

    @Test func `A setup that is canceled is torn down`() async throws {
        let job = job("true", setup: "echo > begun; sleep 1000", teardown: "echo teardown >> log")
        try await withSession(job) { (master, session, project) async throws in
            async let running: Void = session.run()
            while !isThere("\(project)/begun") { await Task.yield() }
            session.cancel()
            await running
            let report = try await master.next("teardown").decode(TeardownReport.self)
            #expect(report.commands.map(\.kind) == [.setup, .teardown])
            #expect(report.commands.map(\.exitCode) == [143, 0])
            #expect(try lines("\(project)/log") == ["teardown"])
        }
    }

    @Test func `A teardown that takes too long is ended, and its output says so`() async throws {
        let job = job("true", teardown: "echo begun; trap '' TERM; sleep 1000", teardownTimeout: 0.5)
        try await withSession(job) { (master, session, _) async throws in
            session.finish()
            await session.run()
            let report = try await master.next("teardown").decode(TeardownReport.self)
            #expect(
                report.commands.map(\.output)
                    == ["begun\n\n[ClusterRunner: ended after 0.5 s, the limit of teardown_timeout.]\n"]
            )
        }
    }

    @Test(arguments: ["the master", "a signal"])
    func `A teardown that hangs is ended on request`(by source: String) async throws {
        let job = job("true", teardown: "echo > begun; sleep 1000")
        try await withSession(job) { (master, session, project) async throws in
            session.finish()
            async let running: Void = session.run()
            while !isThere("\(project)/begun") { await Task.yield() }
            // A cancellation alone does not shorten it.
            session.cancel()
            #expect(!session.teardownSwitch.isCanceled)
            if source == "the master" { session.endTeardown() } else { session.stop() }
            await running
            let report = try await master.next("teardown").decode(TeardownReport.self)
            #expect(report.commands.map(\.exitCode) == [143])
            #expect(report.commands.map(\.output) == ["\n[ClusterRunner: ended because it was canceled.]\n"])
        }
    }

    @Test
    func `A teardown that begins when the slave must exit has little time, and less at a third signal`() async throws {
        try await withSession(job("true")) { (_, session, _) async throws in
            #expect(session.beginTeardown(limit: .seconds(600)) == .seconds(600))
        }
        try await withSession(job("true")) { (_, stopped, _) async throws in
            stopped.stop()
            #expect(!stopped.teardownSwitch.isCanceled)
            #expect(stopped.beginTeardown(limit: .seconds(600)) == BuildSession.hurriedTeardown)
            #expect(stopped.beginTeardown(limit: .seconds(3)) == .seconds(3))
            stopped.stop()
            #expect(stopped.teardownSwitch.isCanceled)
        }
    }

    private func lines(_ path: String) throws -> [String] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    @Test func `Setup, atoms and teardown run in order, and the master hears of each`() async throws {
        let job = job("echo atom $A >> log", setup: "echo setup >> log", teardown: "echo teardown >> log")
        try await withSession(job) { (master, session, project) async throws in
            session.queue.add([.of(1, atoms: 2), .of(2)])
            async let running: Void = session.run()
            let setup = try await master.next()
            #expect(setup.action == "setup")
            let ready = try setup.decode(SetupReport.self)
            #expect(ready.build == 1 && ready.failure == nil)
            #expect(ready.commands.map(\.kind) == [.setup] && ready.commands.map(\.exitCode) == [0])
            var reported = 0
            while reported < 3 {
                reported += try await master.next("results").decode(ResultsReport.self).reports.count
            }
            session.finish()
            let teardown = try await master.next()
            #expect(teardown.action == "teardown")
            #expect(try teardown.decode(TeardownReport.self).commands.map(\.kind) == [.teardown])
            await running
            #expect(try lines("\(project)/log") == ["setup", "atom 0", "atom 1", "atom 0", "teardown"])
            #expect(!FileManager.default.fileExists(atPath: session.machine.folders.build(1)))
            #expect(session.running.all.isEmpty)
        }
    }

    @Test func `A setup that fails is reported with command, exit code and output, and torn down`() async throws {
        let job = job("true", setup: "echo to out; echo to err >&2; exit 3", teardown: "echo teardown >> log")
        try await withSession(job) { (master, session, project) async throws in
            await session.run()
            let report = try await master.next().decode(SetupReport.self)
            // The teardown has run as well when a failed set-up is reported.
            #expect(report.commands.map(\.kind) == [.setup, .teardown])
            #expect(report.commands.map(\.exitCode) == [3, 0])
            #expect(report.commands.first?.output == "to out\nto err\n")
            #expect(
                report.failure == """
                    setup_build failed with exit code 3. Command: echo to out; echo to err >&2; exit 3
                    Output: to out
                    to err
                    """
            )
            #expect(try await master.next().action == "teardown")
            #expect(try lines("\(project)/log") == ["teardown"])
        }
    }

    @Test func `A project that cannot be fetched is reported by name`() async throws {
        try await withSession(job("true")) { (master, session, project) async throws in
            try FileManager.default.removeItem(atPath: project)
            await session.run()
            let failure = try await master.next().decode(SetupReport.self).failure
            let sentence = "The project directory \"\(project)\" does not exist."
            #expect(failure?.hasPrefix(sentence) == true, "\(failure ?? "nothing")")
            #expect(try await master.next().action == "teardown")
        }
    }

    @Test func `A canceled session kills what runs, reports none of it, and tears down`() async throws {
        let job = job("sleep 1000", teardown: "echo teardown >> log")
        try await withSession(job) { (master, session, project) async throws in
            session.queue.add([.of(1)])
            async let running: Void = session.run()
            #expect(try await master.next().action == "setup")
            while session.running.all.isEmpty { await Task.yield() }
            session.cancel()
            #expect(try await master.next().action == "teardown")
            await running
            #expect(try lines("\(project)/log") == ["teardown"])
        }
    }

    @Test func `A build uses as many executors as it is given`() async throws {
        // Each atom waits until the other has started: with one executor they would never end.
        let command =
            "touch started-$A; until [ -e started-0 ] && [ -e started-1 ]; do sleep 0.01; done; "
            + "echo $EXECUTOR_INDEX >> log"
        try await withSession(job(command), executors: 2) { (master, session, project) async throws in
            let grants = (0..<2).map { index in
                let atom = GrantedAtom(id: 0, atom: Atom(variable: "A", value: "\(index)"))
                return LeaseGrant(lease: LeaseID(index + 1), build: 1, subjob: SubjobID(index), atoms: [atom])
            }
            session.queue.add(grants)
            async let running: Void = session.run()
            var reported = 0
            while reported < 2 {
                reported += try await master.next("results").decode(ResultsReport.self).reports.count
            }
            session.finish()
            await running
            #expect(try lines("\(project)/log").sorted() == ["0", "1"])
        }
    }

    /// Atom 0 runs until there is a file `go`.
    private let waitingJob = Job(
        name: "Unit",
        command: "echo $A >> log; [ $A != 0 ] || until [ -e go ]; do sleep 0.01; done",
        atomizers: []
    )

    @Test func `Atoms that no executor has begun are given back, and the master is told which`() async throws {
        try await withSession(waitingJob) { (master, session, project) async throws in
            session.queue.add([.of(1, atoms: 4)])
            async let running: Void = session.run()
            #expect(try await master.next().action == "setup")
            while session.running.all.isEmpty { await Task.yield() }
            session.giveBack([LeaseAtoms(lease: 1, atoms: [0, 2, 3])])
            let report = try await master.next("results").decode(ResultsReport.self)
            #expect(report.returned == [LeaseAtoms(lease: 1, atoms: [2, 3])])
            try Data().write(to: URL(filePath: "\(project)/go"))
            var reported: [AtomIndex] = []
            while reported.count < 2 {
                reported += try await master.next("results").decode(ResultsReport.self).reports.map(\.atom)
            }
            session.finish()
            await running
            #expect(reported == [0, 1])
            #expect(try lines("\(project)/log") == ["0", "1"])
        }
    }

    @Test func `What is asked for during the set-up is answered after it`() async throws {
        try await withSession(job("echo $A >> log")) { (master, session, project) async throws in
            session.queue.add([.of(1, atoms: 2)])
            session.giveBack([LeaseAtoms(lease: 1, atoms: [1])])
            async let running: Void = session.run()
            var returned: [LeaseAtoms] = []
            var reported: [AtomIndex] = []
            while returned.isEmpty || reported.isEmpty {
                let report = try await master.next("results").decode(ResultsReport.self)
                returned += report.returned
                reported += report.reports.map(\.atom)
            }
            session.finish()
            await running
            #expect(returned == [LeaseAtoms(lease: 1, atoms: [1])])
            #expect(reported == [0])
        }
    }

    /// Runs a job until atoms are given back; returns the reports until then, and the returned atoms.
    private func untilReturned(
        _ job: Job,
        _ grants: [LeaseGrant]
    ) async throws -> (reports: [AtomReport], returned: [LeaseAtoms], log: [String], hold: HeldBuild) {
        let (results, continuation) = AsyncStream<([AtomReport], [LeaseAtoms], [String], HeldBuild)>.makeStream()
        try await withSession(job) { (master, session, project) async throws in
            session.queue.add(grants)
            async let running: Void = session.run()
            var reports: [AtomReport] = []
            var returned: [LeaseAtoms] = []
            while returned.isEmpty {
                let report = try await master.next("results").decode(ResultsReport.self)
                reports += report.reports
                returned += report.returned
            }
            let hold = session.hold
            session.finish()
            await running
            continuation.yield((reports, returned, (try? lines("\(project)/log")) ?? [], hold))
        }
        for await (reports, returned, log, hold) in results { return (reports, returned, log, hold) }
        throw ClusterRunnerError(.failed, "The session had no end.")
    }

    @Test func `After its own failure a slave begins nothing more of a job that fails fast`() async throws {
        let job = Job(name: "Unit", command: "echo $A >> log; [ $A != 1 ]", atomizers: [], failFast: true)
        let outcome = try await untilReturned(job, [.of(1, atoms: 5), .of(2)])
        #expect(outcome.reports.map(\.result.exitCode) == [0, 1])
        #expect(outcome.returned == [LeaseAtoms(lease: 1, atoms: [2, 3, 4]), LeaseAtoms(lease: 2, atoms: [0])])
        #expect(outcome.log == ["0", "1"])
        #expect(!outcome.hold.isLeaving)
    }

    @Test func `A failure that is to be repeated lets the slave go on`() async throws {
        let job = Job(name: "Unit", command: "[ $A = 9 ] || false", atomizers: [], retries: 1, failFast: true)
        let atoms = [(0, nil), (1, 1), (2, nil)].map { (id: AtomIndex, failures: Int?) in
            GrantedAtom(id: id, atom: Atom(variable: "A", value: "\(id)"), failures: failures)
        }
        let outcome = try await untilReturned(job, [LeaseGrant(lease: 1, build: 1, subjob: 0, atoms: atoms)])
        #expect(outcome.reports.map(\.atom) == [0, 1])
        #expect(outcome.returned == [LeaseAtoms(lease: 1, atoms: [2])])
    }

    @Test func `After an obstacle a slave begins nothing more, and says that it leaves`() async throws {
        // The first atom removes the folder that the others are to run in.
        let job = Job(name: "Unit", command: "rm -rf \"$PROJECT_DIR\"", atomizers: [])
        let outcome = try await untilReturned(job, [.of(1, atoms: 4)])
        #expect(outcome.reports.map { $0.obstacle == nil } == [true, false])
        #expect(outcome.reports.last?.obstacle?.reason.hasSuffix("there is no such directory.") == true)
        #expect(outcome.returned == [LeaseAtoms(lease: 1, atoms: [2, 3])])
        #expect(outcome.hold.isLeaving)
    }

    @Test func `An atom that is stopped is killed and not reported, and the next one runs`() async throws {
        let command = "echo $A >> log; [ $A != 0 ] || sleep 1000"
        try await withSession(job(command)) { (master, session, project) async throws in
            session.queue.add([.of(1, atoms: 3)])
            async let running: Void = session.run()
            #expect(try await master.next().action == "setup")
            while session.running.all.isEmpty { await Task.yield() }
            session.stop([LeaseAtoms(lease: 1, atoms: [0, 2]), LeaseAtoms(lease: 2, atoms: [1])])
            let report = try await master.next("results").decode(ResultsReport.self)
            #expect(report.reports.map(\.atom) == [1])
            session.finish()
            await running
            #expect(try lines("\(project)/log").last == "1")
        }
    }
}
