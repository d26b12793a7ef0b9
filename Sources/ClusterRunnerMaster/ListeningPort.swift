import ClusterRunnerConcurrency

/// The port that the master listens on, which the system may have chosen.
final class ListeningPort: Sendable {
    private let port = Lock<Int?>(nil)
    private let isKnown = OneShotSignal()

    /// Sets the port once the master listens.
    func set(_ value: Int) {
        port.withLock { $0 = value }
        isKnown.fire()
    }

    /// The port, once the master listens; nil when the surrounding task is canceled before.
    var value: Int? {
        get async {
            await isKnown.wait()
            return port.withLock { $0 }
        }
    }
}
