import ClusterRunnerConcurrency
import ClusterRunnerPlugin
import ClusterRunnerTesting
import Logging
import Testing

@testable import ClusterRunnerCommands

@Suite(.timeLimit(.minutes(10))) struct SystemdSupervisorTests {
    private let clock = StepClock()
    private let messages = AsyncStream<String>.makeStream()

    /// Watches a probe during a body.
    private func watching(
        _ probe: @escaping @Sendable () async throws -> String?,
        watchdog: Duration? = .seconds(120),
        _ body: () async -> Void
    ) async {
        let supervisor = SystemdSupervisor(
            watchdog: watchdog,
            timekeeper: Timekeeper(clock: clock) { 0 },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            send: { [messages] in messages.continuation.yield($0) }
        )
        supervisor.ready("Ready.")
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await supervisor.watch(probe) }
            #expect(await nextMessage() == "READY=1\nSTATUS=Ready.")
            await body()
            group.cancelAll()
        }
    }

    /// Waits for the next message to systemd.
    private func nextMessage() async -> String? { await messages.stream.first { _ in true } }

    @Test func `Each answered probe is a sign of life, four in the time of the watchdog`() async {
        await watching {
            nil
        } _: {
            for _ in 0..<3 {
                #expect(await nextMessage() == "WATCHDOG=1")
                await stepToNextProbe()
            }
        }
    }

    /// Wakes the sleeper between two probes.
    private func stepToNextProbe() async {
        #expect(await clock.step() == .seconds(30))
    }

    @Test func `A probe without an answer is no sign of life`() async {
        let answer = OneShotSignal()
        await watching {
            await answer.wait()
            try Task.checkCancellation()
            return "Working."
        } _: {
            // The limits of two probes, and the pause between them: less than the time of the watchdog.
            await stepToNextProbe()
            #expect(await nextMessage() == "STATUS=The service has not answered for 30.0 s.")
            await stepToNextProbe()
            answer.fire()
            #expect(await nextMessage() == "WATCHDOG=1\nSTATUS=Working.")
        }
    }

    @Test func `A probe that cannot be canceled is awaited, and is a sign of life at last`() async {
        let answer = OneShotSignal()
        let isAnswered = OneShotResult<Void>()
        await watching {
            // Like an actor whose thread is held up: deaf to cancelation.
            await Task { await answer.wait() }.value
            isAnswered.decide(.success(()))
            return nil
        } _: {
            await stepToNextProbe()
            #expect(await nextMessage() == "STATUS=The service has not answered for 30.0 s.")
            #expect(!isAnswered.isDecided)
            answer.fire()
            #expect(await nextMessage() == "WATCHDOG=1\nSTATUS=Ready.")
        }
    }

    @Test func `A probe that fails is no sign of life`() async {
        await watching {
            throw ClusterRunnerError(.failed, "The store is closed.")
        } _: {
            #expect(await nextMessage() == "STATUS=The service cannot work: The store is closed.")
        }
    }

    @Test func `Without a watchdog nothing is probed`() async {
        let isProbed = OneShotSignal()
        await watching(
            {
                isProbed.fire()
                return nil
            },
            watchdog: nil
        ) {}
        #expect(!isProbed.hasFired)
    }
}
