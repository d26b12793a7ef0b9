import ClusterRunnerConcurrency
import Foundation

/// The figures of all seeds.
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
    /// The times until recovery from the faults, in seconds, by kind.
    var faults: [String: [Double]] = [:]
    /// The number of atoms, and of builds as a whole, that failed for lack of space.
    var cramped = 0
    var crampedBuilds = 0
    /// The recoveries after slaves were killed, by the kind of the fault.
    var recoveries: [String: [Recovery]] = [:]

    /// The total of all seeds so far.
    static let total = Lock(ChaosFigures())

    /// Adds the times from the death of slaves until their atoms ran again.
    mutating func add(_ kills: [ChaosCluster.Kill], _ ledger: Ledger.Contents, _ history: ChaosHistory) {
        for kill in kills {
            recoveries[kill.fault.kind, default: []] += Recovery.all(after: kill, ledger, history)
        }
    }

    /// The figures in words.
    var summary: String {
        let injected = faults.sorted { $0.key < $1.key }.map { kind, times in
            "    \(times.count) x \(kind), median \(Self.quantile(0.5, of: times)) s"
        }
        let again = recoveries.sorted { $0.key < $1.key }.flatMap { kind, all in
            ["    \(kind):"] + Self.lines(of: all).map { "      \($0)" }
        }
        let lines =
            [
                "Chaos, \(seeds) seeds: \(builds) builds, \(atoms) atoms in \(runs) runs, \(flaky) flaky, "
                    + "\(losses) slaves lost, \(refused) results refused"
            ]
            + [
                "  results lost: \(lost), doubled: \(doubled)",
                "  failed for want of space: \(cramped) atoms, and \(crampedBuilds) builds as a whole", "  faults:",
            ] + injected + ["  from the kill of a slave to its work running again:"] + again
        return lines.joined(separator: "\n")
    }

    private static func lines(of all: [Recovery]) -> [String] {
        let started = all.filter(\.couldStart)
        return [
            line("from the kill to the notice", all.map(\.unnoticed)),
            line("from the notice to the next lease", all.map(\.waiting)),
            line("from that to running", all.map(\.starting)),
            line("from the notice to running", all.map { $0.waiting + $0.starting }),
            line("the same where an executor was idle", started.map { $0.waiting + $0.starting }),
        ]
    }

    private static func line(_ what: String, _ times: [Double]) -> String {
        "\(what): median \(quantile(0.5, of: times)) s, p99 \(quantile(0.99, of: times)) s, \(times.count) atoms"
    }

    private static func quantile(_ part: Double, of values: [Double]) -> String {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return "-" }
        let place = min(sorted.count - 1, Int((part * Double(sorted.count)).rounded(.up)) - 1)
        return String(format: "%.2f", sorted[max(0, place)])
    }
}
