import Dispatch

/// Where the coordinator's decisions are made: not in the tasks' pool, which has a thread for each core.
///
/// A report of many results takes some milliseconds. Whatever else the master does, reads above all, would wait for it.
final class CoordinatorExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "ClusterCoordinator")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
