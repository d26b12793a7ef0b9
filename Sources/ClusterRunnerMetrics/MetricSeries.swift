import ClusterRunnerConcurrency
import CoreMetrics

/// The values of a metric for one set of labels.
protocol MetricSeries: AnyObject, Sendable {
    /// Writes the current values.
    func write(_ name: String, _ labels: String, to text: inout ExpositionText)
}

/// A counter of whole or fractional numbers.
final class CounterSeries: MetricSeries, CounterHandler, FloatingPointCounterHandler {
    private let value = Lock(0.0)

    func increment(by amount: Int64) { increment(by: Double(amount)) }

    /// Adds an amount; one that is negative or no number is ignored, because counters only grow.
    func increment(by amount: Double) {
        guard amount > 0 else { return }
        value.withLock { $0 += amount }
    }

    func reset() { value.withLock { $0 = 0 } }

    func write(_ name: String, _ labels: String, to text: inout ExpositionText) {
        text.sample(name, labels, value.withLock { $0 })
    }
}

/// A value that is set.
final class GaugeSeries: MetricSeries, MeterHandler, RecorderHandler {
    private let value = Lock(0.0)

    func set(_ newValue: Int64) { set(Double(newValue)) }
    func set(_ newValue: Double) { value.withLock { $0 = newValue } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func record(_ newValue: Int64) { set(newValue) }
    func record(_ newValue: Double) { set(newValue) }

    func write(_ name: String, _ labels: String, to text: inout ExpositionText) {
        text.sample(name, labels, value.withLock { $0 })
    }
}

/// The distribution of observed values.
final class HistogramSeries: MetricSeries, RecorderHandler, TimerHandler {
    private struct Counts {
        /// The number of values in each bucket alone; the last has those beyond all bounds.
        var buckets: [Int]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let counts: Lock<Counts>

    init(bounds: [Double]) {
        self.bounds = bounds
        counts = Lock(Counts(buckets: Array(repeating: 0, count: bounds.count + 1)))
    }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard value.isFinite else { return }
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        counts.withLock {
            $0.buckets[bucket] += 1
            $0.sum += value
        }
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

    func write(_ name: String, _ labels: String, to text: inout ExpositionText) {
        let counts = counts.withLock { $0 }
        let prefix = labels.isEmpty ? "" : labels + ","
        var count = 0
        for (bound, bucket) in zip(bounds + [.infinity], counts.buckets) {
            count += bucket
            text.sample("\(name)_bucket", "\(prefix)le=\"\(ExpositionText.number(bound))\"", Double(count))
        }
        text.sample("\(name)_sum", labels, counts.sum)
        text.sample("\(name)_count", labels, Double(count))
    }
}
