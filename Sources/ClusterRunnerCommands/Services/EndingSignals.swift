import ClusterRunnerConcurrency
import Foundation
import UnixSignals

/// The signals that ask this process to end, for any number of listeners.
///
/// Trapped once for all of them: a second `UnixSignalsSequence` of a signal hears nothing more when the first has ended.
final class EndingSignals: Sendable {
    private struct State {
        var listeners: [AsyncStream<UnixSignal>.Continuation] = []
        var seen: [UnixSignal] = []
    }

    @TaskLocal private static var shared: EndingSignals?

    private let state = Lock(State())
    private let areTrapped = OneShotSignal()

    private init() {}

    /// Traps the signals while an operation runs; one inside another shares its signals.
    static func withRelay<Success: Sendable>(
        _ operation: @Sendable (EndingSignals) async throws -> Success
    ) async throws -> Success {
        if let shared { return try await operation(shared) }
        let signals = EndingSignals()
        async let _ = signals.relay()
        await signals.areTrapped.wait()
        return try await $shared.withValue(signals) { try await operation(signals) }
    }

    /// The result of an operation, which the next signal cancels; nil when one came first.
    func untilNext<Value: Sendable>(_ operation: @escaping @Sendable () async -> Value) async -> Value? {
        let signals = listen(fromBeginning: false)
        return await withTaskGroup(of: Value?.self) { group in
            group.addTask { await operation() }
            group.addTask {
                for await _ in signals { break }
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }

    /// The signals, by default also those that came before.
    func listen(fromBeginning: Bool = true) -> AsyncStream<UnixSignal> {
        let (stream, continuation) = AsyncStream<UnixSignal>.makeStream()
        state.withLock { state in
            if fromBeginning { for signal in state.seen { continuation.yield(signal) } }
            state.listeners.append(continuation)
        }
        return stream
    }

    private func relay() async {
        let signals = await UnixSignalsSequence(trapping: Self.all)
        areTrapped.fire()
        for await signal in signals { pass(signal) }
    }

    /// Tells all listeners of a signal.
    func pass(_ signal: UnixSignal) {
        let listeners = state.withLock { state in
            state.seen.append(signal)
            return state.listeners
        }
        for listener in listeners { listener.yield(signal) }
    }
}

// MARK: Which

extension EndingSignals {
    /// TERM, INT and QUIT, which are Ctrl-C and Ctrl-\ of a terminal, and HUP of one that was closed.
    ///
    /// HUP is left alone where the process was started with it ignored: that is how `nohup` lets a process go on.
    static var all: [UnixSignal] { [.sigterm, .sigint, .sigquit] + (isHangUpIgnored ? [] : [.sighup]) }

    private static var isHangUpIgnored: Bool {
        var action = sigaction()
        guard sigaction(SIGHUP, nil, &action) == 0 else { return false }
        // SIG_IGN, which is a number and no function.
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }
}
