import Dispatch

/// Where the requests of slaves are worked on: one thread of their own, and not the tasks' pool.
///
/// Reports of results come without pause and are large. In the pool, which has a thread for each core, every read would
/// queue behind them, several times over.
final class SlaveLane: TaskExecutor {
    private let queue = DispatchQueue(label: "SlaveLane")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
