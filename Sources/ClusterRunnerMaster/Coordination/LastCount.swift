import ClusterRunnerConcurrency

/// The last value of a count that only grows.
final class LastCount: Sendable {
    private let value = Lock(0)

    /// Takes in the value now; returns whether it is another one.
    func isNew(_ count: Int) -> Bool {
        value.withLock { value in
            defer { value = count }
            return value != count
        }
    }
}
