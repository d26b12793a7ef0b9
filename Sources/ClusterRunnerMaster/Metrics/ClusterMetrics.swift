import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import CoreMetrics

/// The counters of builds, atoms and slaves, which follow the stored changes.
final class ClusterMetrics: ChangeFollower {
    /// The states in which the unfinished builds were seen last.
    private let states = Lock<[BuildID: BuildState]>([:])
    private let events: [EventTag: Counter]
    private let ended: [BuildOutcome: Counter]
    private let durations: [BuildOutcome: CoreMetrics.Timer]
    private let stateDurations: [BuildState: CoreMetrics.Timer]
    private let preparations: [Success: Counter]
    private let setups: [Success: Counter]
    private let departures: [SlaveDeparture: Counter]
    private let leasesLost: Counter
    private let atoms: [AtomOutcome: Counter]
    private let flaky: Counter
    private let retries: Counter
    private let obstacles: Counter
    private let atomDurations: CoreMetrics.Timer

    /// Creates the counters.
    init(factory: any MetricsFactory) {
        events = Self.eventCounters.mapValues { Counter(label: $0, factory: factory) }
        ended = factory.counters("clusterrunner_builds_ended_total", by: "result", BuildOutcome.allCases)
        durations = factory.timers("clusterrunner_build_duration_seconds", by: "result", BuildOutcome.allCases)
        let passing = BuildState.allCases.filter { !$0.isFinal }
        stateDurations = Dictionary(
            uniqueKeysWithValues: passing.map { state in
                let name = "clusterrunner_build_state_duration_seconds"
                return (state, Timer(label: name, dimensions: [("state", state.label)], factory: factory))
            }
        )
        preparations = factory.counters("clusterrunner_build_preparations_total", by: "result", Success.allCases)
        setups = factory.counters("clusterrunner_slave_setups_total", by: "result", Success.allCases)
        departures = factory.counters("clusterrunner_slave_departures_total", by: "kind", SlaveDeparture.allCases)
        leasesLost = Counter(label: "clusterrunner_leases_lost_total", factory: factory)
        atoms = AtomOutcome.counters(factory)
        flaky = Counter(label: "clusterrunner_atoms_flaky_total", factory: factory)
        retries = Counter(label: "clusterrunner_atom_retries_total", factory: factory)
        obstacles = Counter(label: "clusterrunner_atom_obstacles_total", factory: factory)
        atomDurations = Timer(label: "clusterrunner_atom_duration_seconds", factory: factory)
    }

    /// The counters that only count events of a kind.
    private static let eventCounters: [EventTag: String] = [
        .buildRequestQueued: "clusterrunner_builds_requested_total",
        .slaveConnected: "clusterrunner_slave_registrations_total",
        .slaveQuarantined: "clusterrunner_slave_quarantines_total",
        .masterTriggeredSubjob: "clusterrunner_leases_granted_total",
        .masterRefusedResult: "clusterrunner_results_refused_total",
    ]

    func stored(_ builds: [BuildRecord], _ changes: [StoreChange]) {
        for build in builds { follow(build) }
        for change in changes {
            switch change {
            case .atoms(let records): for record in records { count(record) }
            case .attempt(let record): (record.isObstructed ? obstacles : retries).increment()
            case .event(let event): count(event)
            default: break
            }
        }
    }
}

// MARK: Builds

extension ClusterMetrics {
    /// The results of ended builds.
    private enum BuildOutcome: String, CaseIterable {
        case passed, failed, error, canceled

        /// The outcome of a record; nil before the end.
        init?(_ build: BuildRecord) {
            switch build.state {
            case .finished: self = build.result == .noFailures ? .passed : .failed
            case .error: self = .error
            case .canceled: self = .canceled
            case .queued, .preparing, .prepared, .building: return nil
            }
        }
    }

    private enum Success: String, CaseIterable {
        case succeeded, failed
    }

    /// Records the time in the state that a build has left, and its end.
    private func follow(_ build: BuildRecord) {
        let last = states.withLock { states in
            defer { states[build.id] = build.state.isFinal ? nil : build.state }
            return states[build.id]
        }
        // Those of an earlier run of the master are known from here on.
        if let last, last != build.state, let seconds = build.seconds(from: last) {
            stateDurations[last]?.recordSeconds(seconds)
        }
        guard let outcome = BuildOutcome(build) else { return }
        ended[outcome]?.increment()
        if let seconds = build.seconds(from: .queued) { durations[outcome]?.recordSeconds(seconds) }
    }
}

extension BuildRecord {
    /// The seconds between the entries into a state and into the present one; a clock that was set back makes no
    /// negative times.
    fileprivate func seconds(from state: BuildState) -> Double? {
        guard let start = timestamps[state], let end = timestamps[self.state] else { return nil }
        return max(0, end - start)
    }
}

// MARK: Atoms and slaves

extension ClusterMetrics {
    private func count(_ atom: AtomRecord) {
        guard let outcome = AtomOutcome(atom) else { return }
        atoms[outcome]?.increment()
        if atom.isFlaky { flaky.increment() }
        // An atom that was given up because slaves were lost has a result without a run.
        guard let result = atom.result, result.seconds > 0 else { return }
        atomDurations.recordSeconds(result.seconds)
    }

    private func count(_ event: EventRecord) {
        guard let tag = EventTag(rawValue: event.tag) else { return }
        events[tag]?.increment()
        switch tag {
        case .buildPrepareFinish: preparations[Self.success(of: event)]?.increment()
        case .buildSetupFinish: setups[Self.success(of: event)]?.increment()
        case .slaveLost:
            if let kind = event.data["kind"]?.string.flatMap(SlaveDeparture.init) { departures[kind]?.increment() }
            leasesLost.increment(by: event.data["leases"]?.array?.count ?? 0)
        default: break
        }
    }

    private static func success(of event: EventRecord) -> Success {
        event.data["is_success"] == true ? .succeeded : .failed
    }
}
