import ClusterRunnerConcurrency
import ClusterRunnerPlugin
import Dispatch
import Testing

@Suite(.timeLimit(.minutes(10))) struct BlockingCallTests {
    private let silence = ClusterRunnerError(.failed, "It did not answer.")

    @Test func `What a call returns or throws comes through`() async throws {
        #expect(try await blocking(within: .seconds(60), orThrow: silence) { _ in 7 } == 7)
        let other = ClusterRunnerError(.notFound, "It is not there.")
        let error = await #expect(throws: ClusterRunnerError.self) {
            try await blocking(within: .seconds(60), orThrow: silence) { _ in throw other }
        }
        #expect(error?.message == "It is not there.")
    }

    @Test func `A call that does not return is given up after its limit, and learns of it`() async throws {
        let isGivenUp = Lock(false)
        let (limit, end) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let error = await #expect(throws: ClusterRunnerError.self) {
            try await blocking(within: .milliseconds(50), orThrow: silence) { isOver in
                limit.wait()
                isGivenUp.withLock { $0 = isOver() }
                end.signal()
            }
        }
        #expect(error?.message == "It did not answer.")
        limit.signal()
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                end.wait()
                continuation.resume()
            }
        }
        #expect(isGivenUp.withLock { $0 })
    }

    @Test func `Calls that block for ever, more than there are cores, hold up nobody`() async throws {
        let never = DispatchSemaphore(value: 0)
        let count = 50
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<count {
                group.addTask { try? await blocking(within: .seconds(60), orThrow: silence) { _ in never.wait() } }
            }
            #expect((try? await blocking(within: .seconds(60), orThrow: silence) { _ in 7 }) == 7)
            group.cancelAll()
        }
        for _ in 0..<count { never.signal() }
    }
}
