import ClusterRunnerConcurrency
import Dispatch
import Synchronization

/// A thread on which libgit2 may block, one call after the other.
///
/// Every call of libgit2 blocks, on the disk or on a server. On the cooperative pool, which has one thread per core,
/// two slow servers would stop the whole process; a dispatch queue gets a thread of its own instead.
struct GitThread: Sendable {
    private let queue: DispatchQueue

    init(label: String) {
        queue = DispatchQueue(label: "clusterrunner.git.\(label)")
    }

    /// The reaction of a canceled caller to running work.
    enum Cancellation: Sendable {
        /// The caller waits until the work has seen the flag and stopped.
        case waits
        /// The caller returns at once, and the work stops by itself when it next sees the flag.
        ///
        /// For work that may hang in a system call, such as one on a dead server: libgit2 1.5 has no time limit of its
        /// own. Such work must leave everything that it changes in a valid state.
        case leaves
    }

    /// Runs `work` on the thread.
    ///
    /// - Throws: what `work` throws, or `CancellationError` once the surrounding task is canceled.
    func run<Value: Sendable>(
        onCancel cancellation: Cancellation = .waits,
        _ work: @escaping @Sendable (StopFlag) throws -> Value
    ) async throws -> Value {
        let stop = StopFlag()
        return try await withTaskCancellationHandler {
            switch cancellation {
            case .waits:
                try await withCheckedThrowingContinuation { caller in
                    queue.async { caller.resume(with: Result { try stop.guarding(work) }) }
                }
            case .leaves:
                try await answer(of: work, stop).value()
            }
        } onCancel: {
            stop.set()
        }
    }

    private func answer<Value: Sendable>(
        of work: @escaping @Sendable (StopFlag) throws -> Value,
        _ stop: StopFlag
    ) -> OneShotResult<Value> {
        let answer = OneShotResult<Value>()
        queue.async { answer.decide(Result { try stop.guarding(work) }) }
        return answer
    }
}

/// A flag that tells work on another thread to stop.
final class StopFlag: Sendable {
    private let flag = Atomic(false)
    private let alarm = Lock<(@Sendable () -> Void)?>(nil)

    /// Whether the work should stop.
    var isSet: Bool { flag.load(ordering: .acquiring) }

    /// Tells the work to stop.
    func set() {
        flag.store(true, ordering: .releasing)
        alarm.withLock { $0?() }
    }

    /// Runs `body`, and calls `ring` if the flag is or becomes set meanwhile.
    ///
    /// For work that waits in a system call, where it cannot check the flag.
    func alarmed<Result>(_ ring: @escaping @Sendable () -> Void, _ body: () throws -> Result) rethrows -> Result {
        alarm.withLock { $0 = ring }
        defer { alarm.withLock { $0 = nil } }
        if isSet { ring() }
        return try body()
    }

    /// Throws `CancellationError` once the flag is set.
    func check() throws {
        if isSet { throw CancellationError() }
    }

    /// Runs `work` with libgit2 initialised; a failure after the flag was set is reported as the cancellation.
    fileprivate func guarding<Value>(_ work: (StopFlag) throws -> Value) throws -> Value {
        LibGit2.start()
        try check()
        do {
            return try work(self)
        } catch {
            try check()
            throw error
        }
    }
}
