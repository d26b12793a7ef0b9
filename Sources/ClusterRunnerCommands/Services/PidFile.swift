import ClusterRunnerConcurrency
import Glibc

/// The pid file of a service of this process.
///
/// It is locked for as long as the service lives, and the system releases the lock however the process ends: so a held
/// lock means a living service, and a file without one is left over.
package final class PidFile: Sendable {
    /// Where it lies.
    package let path: String
    private let descriptor: Lock<Int32?>

    init(path: String, descriptor: Int32) {
        self.path = path
        self.descriptor = Lock(descriptor)
    }

    /// Ends the registration; calling it again does nothing.
    ///
    /// There is no `deinit` that does it: a service must stay registered even when nobody holds this object any more.
    package func remove() {
        descriptor.withLock { descriptor in
            guard let open = descriptor else { return }
            // The file is locked until here, so nobody can have put another one in its place.
            unlink(path)
            close(open)
            descriptor = nil
        }
    }
}
