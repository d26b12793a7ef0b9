import Foundation

/// A serial executor with a thread of its own, outside the tasks' pool.
///
/// The pool has one thread per core: a long or blocking job there holds up all others.
package final class ThreadExecutor: SerialExecutor {
    private let queue: DispatchQueue

    /// Creates an executor; the label names its thread in debuggers.
    package init(label: String) {
        queue = DispatchQueue(label: label)
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    /// Queues a call on the thread, in order; its completion cannot be awaited.
    package func submit(_ call: @escaping @Sendable () -> Void) {
        queue.async(execute: call)
    }
}
