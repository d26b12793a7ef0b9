import ClusterRunnerConcurrency
import Foundation
import UnixSignals

/// The signals that ask this process to end, for any number of listeners.
///
/// Signals are trapped once for all: a second `UnixSignalsSequence` receives nothing after the first has ended.
final class EndingSignals: Sendable {
    private struct State {
        var listeners: [AsyncStream<UnixSignal>.Continuation] = []
        var seen: [UnixSignal] = []
    }

    @TaskLocal private static var shared: EndingSignals?

    private let state = Lock(State())
    private let areTrapped = OneShotSignal()

    private init() {}

    /// Traps the signals during an operation; a nested call shares them.
    static func withRelay<Success: Sendable>(
        _ operation: @Sendable (EndingSignals) async throws -> Success
    ) async throws -> Success {
        if let shared { return try await operation(shared) }
        let signals = EndingSignals()
        async let _ = signals.relay()
        await signals.areTrapped.wait()
        return try await $shared.withValue(signals) { try await operation(signals) }
    }

    /// Returns the result of an operation that the next signal cancels; nil after a signal.
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

    /// Returns the signals, by default including earlier ones.
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

    /// Passes a signal to all listeners.
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
    /// The trapped signals: TERM, INT and QUIT, which are Ctrl-C and Ctrl-\ of a terminal, and HUP of a closed one.
    ///
    /// HUP is left alone if the process was started with it ignored, as `nohup` does.
    static var all: [UnixSignal] { [.sigterm, .sigint, .sigquit] + (isHangUpIgnored ? [] : [.sighup]) }

    private static var isHangUpIgnored: Bool {
        var action = sigaction()
        guard sigaction(SIGHUP, nil, &action) == 0 else { return false }
        // SIG_IGN is a number and not a function.
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }
}
