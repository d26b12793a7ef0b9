import ClusterRunnerDomain
import ClusterRunnerJobFile
import ClusterRunnerMetrics
import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerMaster

@Suite struct ClusterMetricsTests {
    private let registry = PrometheusRegistry(MasterMetrics.families)
    private let metrics: ClusterMetrics

    init() {
        metrics = ClusterMetrics(factory: registry)
    }

    private func build(
        _ id: BuildID,
        _ state: BuildState,
        _ times: [BuildState: Double],
        _ result: BuildResult? = nil
    ) -> BuildRecord {
        BuildRecord(
            id: id,
            projectType: "directory",
            parameters: ProjectParameters([:]),
            state: state,
            result: result,
            timestamps: times
        )
    }

    private func atom(_ result: AtomResult?, _ state: AtomState = .completed, attempts: Int = 1) -> AtomRecord {
        AtomRecord(
            buildID: 1,
            subjobID: 0,
            id: 0,
            atom: Atom(variable: "A", value: "1"),
            state: state,
            result: result,
            attempts: attempts
        )
    }

    private func event(_ tag: EventTag, _ data: [String: JSONValue] = [:]) -> StoreChange {
        .event(EventRecord(tag: tag.rawValue, timestamp: 1, data: data))
    }

    /// The value of a series; nil when it is not shown.
    private func value(_ series: String) -> String? {
        registry.text.split(separator: "\n").first { $0.hasPrefix(series + " ") }.map {
            String($0.dropFirst(series.count + 1))
        }
    }

    @Test func `Each state that a build leaves counts once, with its time`() {
        let states: [(BuildState, [BuildState: Double])] = [
            (.queued, [.queued: 100]), (.preparing, [.queued: 100, .preparing: 103]),
            (.preparing, [.queued: 100, .preparing: 103]),
            (.prepared, [.queued: 100, .preparing: 103, .prepared: 110]),
            (.building, [.queued: 100, .preparing: 103, .prepared: 110, .building: 130]),
        ]
        for (state, times) in states { metrics.stored([build(1, state, times)], []) }
        let end: [BuildState: Double] = [.queued: 100, .building: 130, .finished: 160]
        metrics.stored([build(1, .finished, end, .noFailures)], [])
        for (state, seconds) in ["queued": "3", "preparing": "7", "prepared": "20", "building": "30"] {
            let name = "clusterrunner_build_state_duration_seconds"
            #expect(value("\(name)_count{state=\"\(state)\"}") == "1")
            #expect(value("\(name)_sum{state=\"\(state)\"}") == seconds)
        }
        #expect(value("clusterrunner_build_duration_seconds_sum{result=\"passed\"}") == "60")
        #expect(value("clusterrunner_builds_ended_total{result=\"passed\"}") == "1")
    }

    @Test func `Builds end as passed, failed, in error or canceled`() {
        metrics.stored([build(1, .finished, [:], .failure)], [])
        metrics.stored([build(2, .error, [.queued: 5, .error: 4], .failure)], [])
        metrics.stored([build(3, .canceled, [:], .failure)], [])
        for result in ["failed", "error", "canceled"] {
            #expect(value("clusterrunner_builds_ended_total{result=\"\(result)\"}") == "1")
        }
        // The clock was set back in between.
        #expect(value("clusterrunner_build_duration_seconds_sum{result=\"error\"}") == "0")
    }

    @Test func `A build of an earlier run counts no time in a state that nobody saw it enter`() {
        metrics.stored([build(7, .building, [.queued: 1, .building: 2])], [])
        #expect(value("clusterrunner_build_state_duration_seconds_count{state=\"queued\"}") == "0")
        metrics.stored([build(7, .finished, [.building: 2, .finished: 12], .noFailures)], [])
        #expect(value("clusterrunner_build_state_duration_seconds_sum{state=\"building\"}") == "10")
    }

    @Test func `Atoms count by result and cause, and a sentence as a cause is one of the others`() {
        let results: [AtomResult] = [
            AtomResult(exitCode: 0, seconds: 1), AtomResult(exitCode: 3, seconds: 2),
            AtomResult(exitCode: 137, seconds: 3, cause: "timeout"),
            AtomResult(exitCode: 1, seconds: 0, cause: "3 slaves were lost while they held it: \"a\n\"."),
        ]
        let open = [atom(nil, .notStarted, attempts: 0), atom(nil, .inProgress, attempts: 0), atom(nil, .canceled)]
        metrics.stored([], [.atoms(results.map { atom($0) } + open)])
        for (labels, count) in [
            "cause=\"none\",result=\"passed\"": 1, "cause=\"exit_code\",result=\"failed\"": 1,
            "cause=\"timeout\",result=\"failed\"": 1, "cause=\"other\",result=\"failed\"": 1,
            "cause=\"none\",result=\"canceled\"": 1,
        ] { #expect(value("clusterrunner_atoms_total{\(labels)}") == "\(count)", "\(labels)") }
        #expect(value("clusterrunner_atom_duration_seconds_count") == "3")
        #expect(value("clusterrunner_atoms_flaky_total") == "0")
    }

    @Test func `Flaky atoms, retries and obstacles are counted apart`() {
        metrics.stored([], [.atoms([atom(AtomResult(exitCode: 0, seconds: 1), attempts: 2)])])
        let result = AtomResult(exitCode: 1, seconds: 1)
        for isObstructed in [false, true, true] {
            let attempt = AttemptRecord(
                buildID: 1,
                subjobID: 0,
                atomID: 0,
                number: 1,
                result: result,
                isObstructed: isObstructed
            )
            metrics.stored([], [.attempt(attempt)])
        }
        #expect(value("clusterrunner_atoms_flaky_total") == "1")
        #expect(value("clusterrunner_atom_retries_total") == "1")
        #expect(value("clusterrunner_atom_obstacles_total") == "2")
    }

    @Test func `A lost slave counts by its kind, with the leases that it held`() {
        metrics.stored([], [event(.slaveLost, ["kind": "silent", "leases": [4, 5]])])
        metrics.stored([], [event(.slaveLost, ["kind": "left", "leases": []]), event(.slaveLost, ["kind": "odd"])])
        #expect(value("clusterrunner_slave_departures_total{kind=\"silent\"}") == "1")
        #expect(value("clusterrunner_slave_departures_total{kind=\"left\"}") == "1")
        #expect(value("clusterrunner_slave_departures_total{kind=\"replaced\"}") == "0")
        #expect(value("clusterrunner_leases_lost_total") == "2")
    }

    @Test func `Preparations and set-ups count by their success`() {
        let changes = [
            event(.buildPrepareFinish, ["is_success": false]), event(.buildPrepareFinish, ["is_success": true]),
            event(.buildSetupFinish, ["is_success": false]), event(.slaveQuarantined), event(.masterRefusedResult),
        ]
        metrics.stored([], changes)
        #expect(value("clusterrunner_build_preparations_total{result=\"failed\"}") == "1")
        #expect(value("clusterrunner_build_preparations_total{result=\"succeeded\"}") == "1")
        #expect(value("clusterrunner_slave_setups_total{result=\"failed\"}") == "1")
        #expect(value("clusterrunner_slave_quarantines_total") == "1")
        #expect(value("clusterrunner_results_refused_total") == "1")
    }
}
