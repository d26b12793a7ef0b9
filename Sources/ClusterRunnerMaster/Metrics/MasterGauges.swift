import ClusterRunnerConcurrency
import ClusterRunnerDomain
import CoreMetrics

/// The gauges of a master, which are set when somebody asks for them.
final class MasterGauges: Sendable {
    private let builds: [BuildState: Meter]
    private let longest: [BuildState: Meter]
    private let slaves: [String: Meter]
    private let figures: [Figure: Meter]
    private let cpuTime: FloatingPointCounter
    private let lastCPUTime = Lock(0.0)

    /// The figures without labels.
    private enum Figure: String, CaseIterable {
        case openSubjobs = "clusterrunner_subjobs_open"
        case quarantined = "clusterrunner_slaves_quarantined"
        case draining = "clusterrunner_slaves_draining"
        case executors = "clusterrunner_executors"
        case executorsInUse = "clusterrunner_executors_in_use"
        case isStoreBlocked = "clusterrunner_store_blocked"
        case freeBytes = "clusterrunner_disk_free_bytes"
        case minimumFreeBytes = "clusterrunner_disk_free_minimum_bytes"
        case startTime = "process_start_time_seconds"
        case residentBytes = "process_resident_memory_bytes"
        case virtualBytes = "process_virtual_memory_bytes"
        case descriptors = "process_open_fds"
        case descriptorLimit = "process_max_fds"
    }

    /// The state of the disk and the store.
    struct Storage {
        /// Free bytes on the disk; nil when they cannot be told.
        let freeBytes: Int?
        /// Free bytes below which builds are refused.
        let minimumFreeBytes: Int
        /// Whether the store cannot be written.
        let isBlocked: Bool
    }

    /// Creates the gauges.
    init(factory: any MetricsFactory) {
        let meter = { (name: String, label: String, value: String) in
            Meter(label: name, dimensions: [(label, value)], factory: factory)
        }
        let passing = BuildState.allCases.filter { !$0.isFinal }
        builds = Self.byKey(passing) { meter("clusterrunner_builds_unfinished", "state", $0.label) }
        longest = Self.byKey(passing) { meter("clusterrunner_build_longest_in_state_seconds", "state", $0.label) }
        slaves = Self.byKey(SlavePhase.labels) { meter("clusterrunner_slaves", "state", $0) }
        figures = Self.byKey(Figure.allCases) { Meter(label: $0.rawValue, factory: factory) }
        cpuTime = FloatingPointCounter(label: "process_cpu_seconds_total", factory: factory)
    }

    private static func byKey<Key: Hashable>(_ keys: [Key], _ make: (Key) -> Meter) -> [Key: Meter] {
        Dictionary(uniqueKeysWithValues: keys.map { ($0, make($0)) })
    }

    /// Sets all gauges.
    func set(_ tally: ClusterTally, _ storage: Storage, _ process: ProcessFigures) {
        for (state, meter) in builds { meter.set(tally.builds[state] ?? 0) }
        for (state, meter) in longest { meter.set(tally.longest[state] ?? 0) }
        for (label, meter) in slaves { meter.set(tally.slaves[label] ?? 0) }
        set(.openSubjobs, tally.openSubjobs)
        set(.quarantined, tally.quarantined)
        set(.draining, tally.draining)
        set(.executors, tally.executors)
        set(.executorsInUse, tally.executorsInUse)
        set(.isStoreBlocked, storage.isBlocked ? 1 : 0)
        // No number is better than an old one.
        figures[.freeBytes]?.set(storage.freeBytes.map(Double.init) ?? .nan)
        set(.minimumFreeBytes, storage.minimumFreeBytes)
        set(process)
    }

    private func set(_ process: ProcessFigures) {
        figures[.startTime]?.set(process.startTime)
        set(.residentBytes, process.residentBytes)
        set(.virtualBytes, process.virtualBytes)
        set(.descriptors, process.openDescriptors)
        set(.descriptorLimit, process.descriptorLimit)
        let more = lastCPUTime.withLock { last in
            defer { last = max(last, process.cpuTime) }
            return process.cpuTime - last
        }
        cpuTime.increment(by: more)
    }

    private func set(_ figure: Figure, _ value: Int) {
        figures[figure]?.set(value)
    }
}
