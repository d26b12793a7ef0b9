import ClusterRunnerConcurrency
import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerTesting
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct BuildEndingsTests {
    private let endings = BuildEndings()
    private let clock = StepClock()
    private var timekeeper: Timekeeper { Timekeeper(clock: clock) { 0 } }

    /// Waits for build 1 at most a minute, of a clock that stands still.
    private func wait(_ hasEnded: @escaping @Sendable () async throws -> Bool = { false }) async throws {
        try await endings.wait(for: 1, atMost: .seconds(60), timekeeper, unless: hasEnded)
    }

    @Test func `Whoever waits is told when the build ends`() async throws {
        let asked = (0..<3).map { _ in OneShotSignal() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for signal in asked {
                group.addTask { @concurrent in
                    try await wait {
                        signal.fire()
                        return false
                    }
                }
            }
            for signal in asked { await signal.wait() }
            endings.send(build: 2)
            endings.send(build: 1)
            try await group.waitForAll()
        }
    }

    @Test func `An end while the question is asked is not missed`() async throws {
        try await wait {
            endings.send(build: 1)
            return false
        }
    }

    @Test func `A build that has ended is not waited for`() async throws {
        try await wait { true }
    }

    @Test func `An error of the question comes out`() async throws {
        await #expect(throws: ClusterRunnerError.self) {
            try await wait { throw ClusterRunnerError(.notFound, "no build") }
        }
    }

    @Test func `Nobody waits longer than asked`() async throws {
        async let waiting: Void = wait()
        #expect(await clock.step() == .seconds(60))
        try await waiting
    }

    @Test func `The end of the service ends all waiting`() async throws {
        try await wait {
            endings.finish()
            return false
        }
    }
}
