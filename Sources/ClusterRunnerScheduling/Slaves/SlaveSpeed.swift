import Foundation

/// The speed of a slave relative to the history of its atoms; 2 is twice as fast.
///
/// A running mean of logarithms, so that half the time and twice the time weigh the same and one straggler does not
/// dominate. It starts at 1 and moves away as evidence comes in.
package struct SlaveSpeed: Sendable, Equatable {
    private var sum = 0.0
    private var weight = 0.0

    /// Weight of the initial speed, in runs.
    private static let prior = 4.0
    /// Number of runs that count; older ones fade.
    private static let memory = 50.0
    /// Maximum ratio of a run, faster or slower.
    private static let limit = 4.0
    /// Expected time below which a run measures the start of its command rather than the slave.
    private static let leastSeconds = 0.05

    /// Creates the speed of a slave without runs.
    package init() {}

    /// The ratio of expected to actual time.
    package var factor: Double { exp(sum / (weight + Self.prior)) }

    /// Adds a run that passed.
    package mutating func add(expected: Double, actual: Double) {
        guard expected >= Self.leastSeconds, actual > 0, actual.isFinite else { return }
        let ratio = min(Self.limit, max(1 / Self.limit, expected / actual))
        let keep = weight >= Self.memory ? 1 - 1 / Self.memory : 1
        sum = sum * keep + log(ratio)
        weight = weight * keep + 1
    }
}
