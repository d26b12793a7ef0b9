import ClusterRunnerConcurrency

/// The order to a slave to exit without completing running work.
///
/// The first order kills running work, including a teardown in progress; a later teardown has half a minute. The second
/// order also kills that.
package struct SlaveStop: Sendable {
    /// The signals of the first and the second order.
    let signals = [OneShotSignal(), OneShotSignal()]

    /// Creates an order that is not yet given.
    package init() {}

    /// Gives the order.
    package func fire() {
        signals.first { !$0.hasFired }?.fire()
    }
}
