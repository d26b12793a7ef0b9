import ClusterRunnerConcurrency
import Glibc

/// The pid file of a service of this process.
///
/// It is locked as long as the service lives, and the system releases the lock when the process ends in any way. So a
/// held lock means a living service, and a file without a lock is left over.
package final class PidFile: Sendable {
    /// The path.
    package let path: String
    private let descriptor: Lock<Int32?>

    init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = Lock(descriptor)
    }

    /// Ends the registration; a second call does nothing.
    ///
    /// There is no `deinit` for this: a service must stay registered after the last reference to this object is gone.
    package func remove() {
        descriptor.withLock { descriptor in
            guard let open = descriptor else { return }
            // The file is locked until here, so that no other process can have replaced it.
            unlink(path)
            close(open)
            descriptor = nil
        }
    }
}
