import ClusterRunnerConcurrency

/// The order to a slave to exit without finishing what runs.
///
/// Given once, it kills what runs, a teardown that has begun too; a teardown that begins later has half a minute. Given
/// again, it kills that as well.
package struct SlaveStop: Sendable {
    /// The first order and the second.
    let signals = [OneShotSignal(), OneShotSignal()]

    /// Creates an order that is not given.
    package init() {}

    /// Gives the order.
    package func fire() {
        signals.first { !$0.hasFired }?.fire()
    }
}
