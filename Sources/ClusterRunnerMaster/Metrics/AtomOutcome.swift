import ClusterRunnerDomain
import CoreMetrics

/// The end of an atom, as labels: its result and the cause.
struct AtomOutcome: Hashable {
    let result: Result
    let cause: Cause

    /// The results.
    enum Result: String {
        case passed, failed, canceled
    }

    /// The causes of results; sentences are folded to `other`, so that their number is bounded.
    enum Cause: String {
        case none
        case exitCode = "exit_code"
        case timeout
        case canceled
        case other
    }

    /// The ends that there are.
    private static let all =
        [AtomOutcome(result: .passed, cause: .none), AtomOutcome(result: .canceled, cause: .none)]
        + [Cause.exitCode, .timeout, .canceled, .other].map { AtomOutcome(result: .failed, cause: $0) }

    /// Makes the counters of all ends.
    static func counters(_ factory: any MetricsFactory) -> [AtomOutcome: Counter] {
        var counters: [AtomOutcome: Counter] = [:]
        for outcome in all {
            counters[outcome] = Counter(
                label: "clusterrunner_atoms_total",
                dimensions: [("result", outcome.result.rawValue), ("cause", outcome.cause.rawValue)],
                factory: factory
            )
        }
        return counters
    }
}

extension AtomOutcome {
    /// The end that a record has; nil when the atom is still to be run.
    init?(_ atom: AtomRecord) {
        switch atom.state {
        case .notStarted, .inProgress: return nil
        case .canceled: self.init(result: .canceled, cause: .none)
        case .completed:
            guard let result = atom.result else { return nil }
            self.init(result: result.isFailure ? .failed : .passed, cause: Self.cause(of: result))
        }
    }

    private static func cause(of result: AtomResult) -> Cause {
        guard let cause = result.cause else { return result.isFailure ? .exitCode : .none }
        switch cause {
        case Cause.timeout.rawValue: return .timeout
        case Cause.canceled.rawValue: return .canceled
        default: return .other
        }
    }
}
