import ClusterRunnerCore
import Foundation

/// What happened, in numbers, over all seeds.
struct ChaosFigures: Sendable {
    var seeds = 0
    var builds = 0
    var atoms = 0
    var runs = 0
    var lost = 0
    var doubled = 0
    var flaky = 0
    var refused = 0
    var losses = 0
    var faults: [String: Int] = [:]
    /// Seconds from the death of a slave to the start of what it ran on another, by the kind of the fault.
    var recoveries: [String: [Double]] = [:]

    /// Those of all seeds so far.
    static let total = Lock(ChaosFigures())

    /// Takes in how long it took after the death of slaves until what they ran was run again.
    mutating func add(_ kills: [ChaosCluster.Kill], _ ledger: Ledger.Contents) {
        for kill in kills {
            let interrupted = ledger.runs.filter { run in
                run.relay == kill.relay && run.start < kill.time && run.start > kill.time - 5
                    && run.end.map { $0 > kill.time } != false
            }
            for run in interrupted {
                let again = ledger.runs.first {
                    $0.build == run.build && $0.atom == run.atom && $0.start > kill.time
                }
                if let again { recoveries[kill.fault.kind, default: []].append(again.start - kill.time) }
            }
        }
    }

    /// The numbers in words.
    var summary: String {
        let injected = faults.sorted { $0.key < $1.key }.map { "    \($0.value) x \($0.key)" }
        let again = recoveries.sorted { $0.key < $1.key }.map { kind, times in
            "    \(kind): median \(Self.quantile(0.5, of: times)) s, p99 \(Self.quantile(0.99, of: times)) s, "
                + "\(times.count) atoms"
        }
        let lines =
            [
                "Chaos, \(seeds) seeds: \(builds) builds, \(atoms) atoms in \(runs) runs, \(flaky) flaky, "
                    + "\(losses) slaves lost, \(refused) results refused"
            ]
            + ["  results lost: \(lost), doubled: \(doubled)", "  faults:"] + injected
            + ["  from the kill of a slave to its work running again:"] + again
        return lines.joined(separator: "\n")
    }

    private static func quantile(_ part: Double, of values: [Double]) -> String {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return "-" }
        let place = min(sorted.count - 1, Int((part * Double(sorted.count)).rounded(.up)) - 1)
        return String(format: "%.2f", sorted[max(0, place)])
    }
}
