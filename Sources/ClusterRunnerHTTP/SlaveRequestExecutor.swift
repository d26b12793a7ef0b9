import Dispatch

/// A task executor for the requests of slaves, on one thread of its own.
///
/// Reports of results are large and continuous. In the tasks' pool, which has a thread for each core, every read would
/// queue behind them.
final class SlaveRequestExecutor: TaskExecutor {
    private let queue = DispatchQueue(label: "clusterrunner.slave-requests")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
