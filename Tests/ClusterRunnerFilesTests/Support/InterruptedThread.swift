import ClusterRunnerConcurrency
import Foundation

/// A thread of its own that gets one signal after the other while it works.
///
/// The signal's handler does nothing, and blocking calls fail with `EINTR` instead of being restarted.
struct InterruptedThread<Result: Sendable>: Sendable {
    fileprivate struct State {
        var thread: pthread_t?
        var isDone = false
        var signals = 0
    }

    fileprivate final class Shared: Sendable {
        let state = Lock(State())
        let result = OneShotResult<Result>()

        /// Sends a signal, unless the work is done.
        func interrupt() -> Bool {
            state.withLock { state in
                guard !state.isDone else { return false }
                guard let thread = state.thread else { return true }
                pthread_kill(thread, SIGUSR2)
                state.signals += 1
                return true
            }
        }
    }

    private let shared = Shared()

    /// Starts the thread.
    init(_ body: @escaping @Sendable () -> Result) {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in }
        sigaction(SIGUSR2, &action, nil)
        Thread.detachNewThread { [shared] in
            // The threads of tests block signals, and so do those that they start.
            var signals = sigset_t()
            sigemptyset(&signals)
            sigaddset(&signals, SIGUSR2)
            pthread_sigmask(SIG_UNBLOCK, &signals, nil)
            shared.state.withLock { $0.thread = pthread_self() }
            let result = body()
            // No signal may be sent to a thread that has ended.
            shared.state.withLock { $0.isDone = true }
            shared.result.decide(.success(result))
        }
        Thread.detachNewThread { [shared] in
            while shared.interrupt() { usleep(500) }
        }
    }

    /// Waits until a number of signals were sent, or the work is done.
    func waitForSignals(_ count: Int) async throws {
        while shared.state.withLock({ !$0.isDone && $0.signals < count }) {
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    /// The result of the work.
    func value() async throws -> Result { try await shared.result.value() }
}
