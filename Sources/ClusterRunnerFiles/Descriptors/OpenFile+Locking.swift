import ClusterRunnerPlugin
import Glibc

extension OpenFile {
    /// The locks of `flock(2)`, which the system releases when their process ends in any way.
    ///
    /// A lock belongs to the opened file: two threads that open one exclude each other, too.
    package enum Lock: Sendable {
        /// Held by many at once, excluding an exclusive lock.
        case shared
        case exclusive

        fileprivate var operation: Int32 { self == .shared ? LOCK_SH : LOCK_EX }
    }

    /// Takes a lock unless another one excludes it.
    package func tryLock(_ lock: Lock) -> Bool {
        (try? retryingInterrupts { flock(descriptor, lock.operation | LOCK_NB) }) != nil
    }

    /// Takes a lock and blocks the calling thread until then.
    package func lock(_ lock: Lock) throws(SystemFault) {
        try retryingInterrupts { flock(descriptor, lock.operation) }
    }

    /// Releases the lock, also for copies of the descriptor.
    ///
    /// A command in the middle of its start may have one: closing ours would leave it the lock.
    package func unlock() {
        _ = try? retryingInterrupts { flock(descriptor, LOCK_UN) }
    }

    /// Runs `body` under the exclusive lock, and blocks the calling thread until it is free.
    ///
    /// Without the lock it throws an error that begins with `operation`, such as "The file a cannot be locked".
    package func whileLocked<Result>(
        orThrow operation: @autoclosure () -> String,
        _ body: () throws -> Result
    ) throws -> Result {
        do {
            try lock(.exclusive)
        } catch {
            throw error.error(operation(), code: .failed)
        }
        defer { unlock() }
        return try body()
    }
}
