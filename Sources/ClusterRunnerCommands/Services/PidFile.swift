import ClusterRunnerFiles
import Glibc

/// The pid file of a service of this process.
///
/// It is locked as long as the service lives, and the system releases the lock when the process ends in any way. So a
/// held lock means a living service, and a file without a lock is left over.
package final class PidFile: Sendable {
    /// The path.
    package let path: String
    private let lock: HeldLock

    /// Registers by a locked file.
    init(path: String, file: consuming OpenFile) {
        self.path = path
        lock = HeldLock(file)
    }

    /// A service stays registered after the last reference to this object is gone.
    deinit { lock.keepForever() }

    /// Ends the registration; a second call does nothing.
    package func remove() {
        // The file is locked until then, so that no other process can have replaced it.
        lock.release { unlink(path) }
    }
}
