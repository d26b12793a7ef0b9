import Foundation

/// How fast a slave is, compared with what the history of its atoms let expect; 2 is twice as fast.
///
/// A running mean of logarithms, so that half the time and twice the time weigh the same and one straggler does not rule.
/// It begins at 1 and moves away as evidence comes in.
package struct SlaveSpeed: Sendable, Equatable {
    private var sum = 0.0
    private var weight = 0.0

    /// How many runs a slave is trusted for before any.
    private static let prior = 4.0
    /// How many runs count; older ones fade.
    private static let memory = 50.0
    /// No run counts as more than so many times faster or slower.
    private static let limit = 4.0
    /// Below so many seconds, a time says more of the start of a command than of the slave.
    private static let leastSeconds = 0.05

    /// Creates the speed of a slave of which nothing is known.
    package init() {}

    /// Expected by actual time.
    package var factor: Double { exp(sum / (weight + Self.prior)) }

    /// Takes in a run that passed.
    package mutating func add(expected: Double, actual: Double) {
        guard expected >= Self.leastSeconds, actual > 0, actual.isFinite else { return }
        let ratio = min(Self.limit, max(1 / Self.limit, expected / actual))
        let keep = weight >= Self.memory ? 1 - 1 / Self.memory : 1
        sum = sum * keep + log(ratio)
        weight = weight * keep + 1
    }
}
