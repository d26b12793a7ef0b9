import ClusterRunnerConcurrency
import ClusterRunnerMetrics
import CoreMetrics

/// The metrics of a master.
///
/// Counters follow what happens: stored changes, answered requests, transactions. Gauges are set when somebody asks for
/// the text, from the state that the coordinator publishes.
final class MasterMetrics: Sendable {
    /// The changes of builds, atoms and slaves.
    let cluster: ClusterMetrics
    /// The requests.
    let requests: RequestMetrics
    let registry: PrometheusRegistry
    private let gauges: MasterGauges
    private let commits: CoreMetrics.Timer
    private let uploads: [Upload: Counter]

    /// The kinds of uploads.
    enum Upload: String, CaseIterable {
        /// What atoms left, from a slave.
        case results
        /// A project, from the machine of who requests a build.
        case project
    }

    /// Creates the metrics in a registry.
    init(in registry: PrometheusRegistry, version: String) {
        registry.declare(Self.families)
        self.registry = registry
        cluster = ClusterMetrics(factory: registry)
        requests = RequestMetrics(factory: registry)
        gauges = MasterGauges(factory: registry)
        commits = Timer(label: "clusterrunner_store_commit_duration_seconds", factory: registry)
        uploads = registry.counters("clusterrunner_upload_bytes_total", by: "kind", Upload.allCases)
        // They are shown even when traces are off.
        _ = registry.counters(SpanExporter.counterName, by: "result", SpanExporter.Outcome.allCases)
        Meter(label: "clusterrunner_build_info", dimensions: [("version", version)], factory: registry).set(1)
    }

    /// Records a transaction of the store.
    func committed(in duration: Duration) {
        commits.recordSeconds(duration.inSeconds)
    }

    /// Records received bytes.
    func received(_ bytes: Int, of upload: Upload) {
        uploads[upload]?.increment(by: bytes)
    }

    /// Returns the text for Prometheus, with gauges of this moment.
    func text(_ tally: ClusterTally, _ storage: MasterGauges.Storage) -> String {
        gauges.set(tally, storage, ProcessFigures())
        return registry.text
    }
}

extension MetricsFactory {
    /// Makes a counter for each value of a label; all of them are shown from the start, as 0.
    func counters<Value: RawRepresentable<String> & Hashable>(
        _ name: String,
        by label: String,
        _ values: [Value]
    ) -> [Value: Counter] {
        var counters: [Value: Counter] = [:]
        for value in values {
            counters[value] = Counter(label: name, dimensions: [(label, value.rawValue)], factory: self)
        }
        return counters
    }

    /// Makes a histogram of durations for each value of a label.
    func timers<Value: RawRepresentable<String> & Hashable>(
        _ name: String,
        by label: String,
        _ values: [Value]
    ) -> [Value: CoreMetrics.Timer] {
        var timers: [Value: CoreMetrics.Timer] = [:]
        for value in values {
            timers[value] = Timer(label: name, dimensions: [(label, value.rawValue)], factory: self)
        }
        return timers
    }
}
