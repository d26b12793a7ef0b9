package import ClusterRunnerConcurrency

/// The starts of programs that are under way in this process.
///
/// Until it executes its program, a child has copies of all descriptors of its parent. While one of a file that was open
/// for writing is among them, that file cannot be executed ("Text file busy"), even if the parent has closed its own.
/// So who writes files that others will execute waits for the starts that may have such a copy. The state is the
/// process's, as its descriptors are.
package enum ProgramStarts {
    private struct State {
        var count = 0
        var underWay: [Int: OneShotSignal] = [:]
    }

    private static let state = Lock(State())

    /// Starts a program; `start` returns when that is executed, or could not be.
    package static func during<Result, Failure>(
        _ start: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let ended = OneShotSignal()
        let number = state.withLock { state in
            state.count += 1
            state.underWay[state.count] = ended
            return state.count
        }
        defer {
            state.withLock { $0.underWay[number] = nil }
            ended.fire()
        }
        return try start()
    }

    /// Waits for all starts under way, but no longer than a limit.
    ///
    /// A start takes milliseconds, unless the directory or the program lies on a file system that does not answer.
    package static func settle(within limit: Duration = .seconds(5), _ timekeeper: Timekeeper) async {
        let signals = state.withLock { Array($0.underWay.values) }
        guard !signals.isEmpty else { return }
        await withTaskGroup { group in
            group.addTask { for signal in signals { await signal.wait() } }
            group.addTask { try? await timekeeper.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }
}
