import ClusterRunnerCore

/// The order to a slave to exit without finishing what runs.
///
/// Given once, it kills what runs, a teardown that has begun too; a teardown that begins later has half a minute. Given
/// again, it kills that as well.
public struct SlaveStop: Sendable {
    /// The first order and the second.
    let signals = [OneShotSignal(), OneShotSignal()]

    /// Creates an order that is not given.
    public init() {}

    /// Gives the order.
    public func fire() {
        signals.first { !$0.hasFired }?.fire()
    }
}
