import Foundation

/// An executor whose actors run on a thread of their own, one after the other, and not in the tasks' pool.
///
/// The pool has a thread for each core: what takes long there, or blocks, holds up everything else.
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

    /// Runs a call after all that were queued before, on the thread; its result is awaited by nobody.
    package func submit(_ call: @escaping @Sendable () -> Void) {
        queue.async(execute: call)
    }
}
