import ClusterRunnerConcurrency
import ClusterRunnerPlugin
import Testing

@Suite struct OneShotResultTests {
    @Test func `All waiters get the result, also those that come later`() async throws {
        let result = OneShotResult<Int>()
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<3 { group.addTask { try await result.value() } }
            result.decide(.success(7))
            for try await value in group { #expect(value == 7) }
        }
        #expect(try await result.value() == 7)
    }

    @Test func `Only the first decision counts`() async throws {
        let result = OneShotResult<Int>()
        result.decide(.failure(ClusterRunnerError(.failed, "first")))
        result.decide(.success(7))
        #expect(result.isDecided)
        let error = await #expect(throws: ClusterRunnerError.self) { try await result.value() }
        #expect(error?.message == "first")
    }

    @Test func `A canceled waiter leaves, and decides nothing`() async throws {
        let result = OneShotResult<Int>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await #expect(throws: CancellationError.self) { try await result.value() } }
            group.cancelAll()
            try await group.waitForAll()
        }
        #expect(!result.isDecided)
        result.decide(.success(7))
        #expect(try await result.value() == 7)
    }
}
