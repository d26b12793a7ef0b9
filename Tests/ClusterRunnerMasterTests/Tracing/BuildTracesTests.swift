import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerMaster

@Suite struct BuildTracesTests {
    /// The spans that were exported.
    private final class Spans: Sendable {
        let all = Lock<[Span]>([])
        func take(_ spans: [Span]) { all.withLock { $0 += spans } }
        func named(_ name: String) -> [Span] { all.withLock { $0.filter { $0.name == name } } }
        var names: [String] { all.withLock { $0.map(\.name) } }
    }

    private let spans = Spans()
    private let traces: BuildTraces

    init() {
        traces = BuildTraces(masterURL: "https://ci.example.org") { [spans] in spans.take($0) }
    }

    private func build(_ state: BuildState, _ times: [BuildState: Double], failed: Int = 0) -> BuildRecord {
        BuildRecord(
            id: 5,
            projectType: "git",
            parameters: ProjectParameters([:]),
            jobName: "Unit",
            state: state,
            result: state.isFinal ? (failed == 0 ? .noFailures : .failure) : nil,
            timestamps: times,
            progress: BuildProgress(atoms: 2, failedAtoms: failed)
        )
    }

    private var trace: TraceID { TraceID(of: build(.queued, [.queued: 100])) }

    private func atom(_ result: AtomResult?, attempts: Int = 1, startedAt: Double? = 120) -> AtomRecord {
        AtomRecord(
            buildID: 5,
            subjobID: 3,
            id: 1,
            atom: Atom(variable: "FILE", value: "a b"),
            state: result == nil ? .notStarted : .completed,
            result: result,
            attempts: attempts,
            slaveID: 9,
            executor: 2,
            startedAt: startedAt
        )
    }

    private func event(_ tag: EventTag, at time: Double, _ data: [String: JSONValue]) -> StoreChange {
        .event(EventRecord(tag: tag.rawValue, timestamp: time, data: data))
    }

    private func begin() {
        traces.stored([build(.queued, [.queued: 100])], [])
        traces.stored([], [event(.slaveConnected, at: 90, ["slave_id": 9, "url": "s9:43001"])])
    }

    @Test func `A build becomes a span with one for each state that it was in`() {
        begin()
        let times: [BuildState: Double] = [
            .queued: 100, .preparing: 103, .prepared: 110, .building: 111, .finished: 150,
        ]
        traces.stored([build(.finished, times, failed: 1)], [])
        #expect(spans.names == ["queue", "prepare", "wait for slaves", "run", "RUN Unit"])
        let root = spans.named("RUN Unit").first
        #expect(root?.parent == nil && root?.id == .build(trace))
        #expect(root?.start == 100 && root?.end == 150)
        #expect(root?.failure == "1 of 2 atoms failed")
        #expect(root?.attributes["cicd.pipeline.name"] == "Unit")
        #expect(root?.attributes["cicd.pipeline.result"] == "failure")
        #expect(root?.attributes["cicd.pipeline.run.url.full"] == "https://ci.example.org/dashboard/builds/5")
        let prepare = spans.named("prepare").first
        #expect(prepare?.parent == .build(trace) && prepare?.start == 103 && prepare?.end == 110)
    }

    @Test func `A build that ends early has the states that it reached, and ends once`() {
        begin()
        let canceled = build(.canceled, [.queued: 100, .preparing: 101, .canceled: 102], failed: 1)
        for _ in 1...2 { traces.stored([canceled], []) }
        #expect(spans.names == ["queue", "prepare", "RUN Unit"])
        #expect(spans.named("prepare").first?.end == 102)
        #expect(spans.named("RUN Unit").first?.attributes["cicd.pipeline.result"] == "cancellation")
    }

    @Test func `Each run of an atom is a span below its subjob, with slave, exit code and result`() {
        begin()
        let failure = AtomResult(exitCode: 3, seconds: 2)
        let attempt = AttemptRecord(
            buildID: 5,
            subjobID: 3,
            atomID: 1,
            number: 1,
            result: failure,
            slaveID: 9,
            executor: 2,
            startedAt: 115
        )
        traces.stored([], [.atoms([atom(nil)]), .attempt(attempt)])
        let subjob = SubjobRecord(buildID: 5, id: 3, atomCount: 1, state: .completed, slaveID: 9, slaveURL: "s9:43001")
        let passed = atom(AtomResult(exitCode: 0, seconds: 5), attempts: 2)
        // The store gets subjobs before atoms.
        traces.stored([], [.subjobs([subjob]), .atoms([passed])])
        #expect(spans.names == ["FILE=a b", "FILE=a b", "subjob 3"])
        let runs = spans.named("FILE=a b")
        #expect(runs.map(\.parent) == [.subjob(3, trace), .subjob(3, trace)])
        #expect(runs.map(\.id) == [1, 2].map { .run($0, ofAtom: 1, in: 3, trace) })
        #expect(runs.map(\.failure) == ["exit code 3", nil])
        #expect(runs.map { $0.attributes["process.exit.code"] } == [3, 0])
        #expect(runs.map { $0.attributes["test.case.result.status"] } == ["fail", "pass"])
        #expect(runs.map { $0.attributes["clusterrunner.attempt.counts"] } == [false, true])
        #expect(runs.allSatisfy { $0.attributes["cicd.worker.name"] == "s9:43001" })
        let whole = spans.named("subjob 3").first
        #expect(whole?.parent == .state(.building, trace) && whole?.start == 115 && whole?.end == 125)
        #expect(whole?.failure == nil)
    }

    @Test func `An obstacle is an error of the run and no result of the test`() {
        begin()
        let attempt = AttemptRecord(
            buildID: 5,
            subjobID: 3,
            atomID: 1,
            number: 1,
            result: AtomResult(exitCode: 126, seconds: 0, cause: "The disk of the slave is full."),
            isObstructed: true,
            startedAt: 115
        )
        traces.stored([], [.attempt(attempt)])
        let run = spans.named("atom 3/1").first
        #expect(run?.failure == "The disk of the slave is full.")
        #expect(run?.attributes["cicd.pipeline.task.run.result"] == "error")
        #expect(run?.attributes["test.case.result.status"] == nil)
    }

    @Test func `An atom that was given up without a run has no span`() {
        begin()
        let lost = AtomResult(exitCode: 1, seconds: 0, cause: "3 slaves were lost while they held it.")
        traces.stored([], [.atoms([atom(lost, startedAt: nil)])])
        #expect(spans.names == [])
    }

    @Test func `Set-ups and commands are spans, also teardowns after the end of the build`() {
        begin()
        let data: [String: JSONValue] = ["build_id": 5, "slave_id": 9]
        traces.stored([], [event(.buildSetupStart, at: 111, data)])
        let failed = data.merging(["is_success": false, "reason": "no disk"]) { $1 }
        traces.stored([], [event(.buildSetupFinish, at: 114, failed)])
        let setup = spans.named("set up a slave").first
        #expect(setup?.start == 111 && setup?.end == 114 && setup?.failure == "no disk")
        traces.stored([build(.error, [.queued: 100, .error: 120], failed: 1)], [])
        let run = CommandRun(kind: .teardown, command: "rm", exitCode: 2, output: "", seconds: 4)
        let record = CommandRecord(run: run, slaveID: 9, slaveURL: "s9:43001", startedAt: 121)
        traces.stored([], [.commands(build: 5, [record])])
        let teardown = spans.named("teardown").first
        #expect(teardown?.parent == .build(trace) && teardown?.end == 125 && teardown?.failure == "exit code 2")
    }

    @Test func `Long names and reasons are cut`() {
        begin()
        var record = build(.error, [.queued: 100, .error: 120], failed: 1)
        record.jobName = String(repeating: "n", count: 5_000)
        record.errorMessage = String(repeating: "e", count: 100_000)
        traces.stored([record], [])
        #expect(spans.all.withLock { $0.last?.name.count } == 256)
        #expect(spans.all.withLock { $0.last?.failure?.count } == 1_024)
    }
}
