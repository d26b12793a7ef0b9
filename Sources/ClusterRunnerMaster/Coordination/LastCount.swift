import ClusterRunnerConcurrency

/// The last value of a count that only grows.
final class LastCount: Sendable {
    private let value = Lock(0)

    /// Stores the current value; returns whether it differs from the last.
    func isNew(_ count: Int) -> Bool {
        value.withLock { value in
            defer { value = count }
            return value != count
        }
    }
}
