import Testing

/// The trait of suites that share one cluster.
struct SharedCluster: SuiteTrait, TestScoping {
    let slaves: Int
    let executors: Int

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        try await RunningCluster.with(slaves: slaves, executors: executors) { cluster in
            try await RunningCluster.$shared.withValue(cluster) { try await function() }
        }
    }
}

extension Trait where Self == SharedCluster {
    /// Shares one cluster among all tests of the suite, which find it as `RunningCluster.current()`.
    static func cluster(slaves: Int, executors: Int = 2) -> Self { Self(slaves: slaves, executors: executors) }
}
