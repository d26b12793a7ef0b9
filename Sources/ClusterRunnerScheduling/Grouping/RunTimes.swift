/// Run times of an atom, estimated from its last runs.
///
/// Quantiles, so that one outlier does not dominate, over runs whose weight decreases with age, because tests change.
package struct RunTimes: Sendable, Equatable {
    /// The seconds that half of the runs do not exceed.
    package let median: Double
    /// The seconds that nine of ten runs do not exceed.
    package let slow: Double

    /// The weight of a run relative to the next newer one.
    private static let aging = 0.8

    /// Weighs the seconds of runs, newest first; nil when none of them is a valid time.
    package init?(_ runs: [Double]) {
        var weight = 1.0
        var weighed: [(seconds: Double, weight: Double)] = []
        for seconds in runs where seconds.isFinite && seconds >= 0 {
            weighed.append((seconds, weight))
            weight *= Self.aging
        }
        guard !weighed.isEmpty else { return nil }
        weighed.sort { $0.seconds < $1.seconds }
        median = Self.quantile(0.5, of: weighed)
        slow = Self.quantile(0.9, of: weighed)
    }

    /// Returns the smallest of the sorted values that, with all below it, has that part of the weight.
    private static func quantile(_ part: Double, of sorted: [(seconds: Double, weight: Double)]) -> Double {
        var left = part * sorted.reduce(0) { $0 + $1.weight }
        for entry in sorted {
            left -= entry.weight
            if left <= 1e-12 { return entry.seconds }
        }
        return sorted.last?.seconds ?? 0
    }
}
