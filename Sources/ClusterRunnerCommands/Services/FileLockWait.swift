import ClusterRunnerConcurrency
import ClusterRunnerFiles
import Dispatch

/// The wait for the holder of a file's lock to release it.
struct FileLockWait: ~Copyable {
    private let file: OpenFile

    /// Creates the wait for the lock of a file.
    init(file: consuming OpenFile) {
        self.file = file
    }

    /// Whether the lock was released before the deadline.
    consuming func isReleased(within deadline: Duration, clock: any Clock<Duration>) async -> Bool {
        let answer = OneShotResult<Bool>()
        watch(answer)
        return await withTaskGroup { group in
            group.addTask { (try? await answer.value()) ?? false }
            group.addTask {
                try? await clock.sleep(for: deadline)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }

    /// Blocks a separate thread of the system's queue on the lock.
    ///
    /// After the deadline the thread stays blocked until the holder or this process ends, because nothing can wake it
    /// earlier. It blocks no other work.
    private consuming func watch(_ answer: OneShotResult<Bool>) {
        let descriptor = file.relinquish()
        DispatchQueue(label: "clusterrunner.file-lock").async {
            let file = OpenFile(owning: descriptor)
            answer.decide(.success((try? file.lock(.shared)) != nil))
        }
    }
}
