import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// The descriptors that commands leave free.
///
/// libdispatch ends this program when it cannot open a file: while work waits for a thread, it reads the states of its
/// threads from `/proc` once a second (`_dispatch_workq_count_runnable_workers`). A command that would take one of the
/// last descriptors is therefore not started, which is an obstacle of its machine and not a failure.
enum DescriptorReserve {
    static let size = 32

    /// Checks that a command leaves the reserve free.
    ///
    /// The system hands out the lowest free number, which tells how many are in use without counting them.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/failed`` that names the limit.
    static func check() throws {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        do {
            let lowest = try OpenFile("/", O_RDONLY | O_DIRECTORY).descriptor
            guard rlim_t(lowest) + rlim_t(size) > limit.rlim_cur else { return }
        } catch {
            guard error.number == EMFILE else { return }
        }
        throw ClusterRunnerError(
            .failed,
            """
            Cannot start a command: too many open files. This process may open \(limit.rlim_cur) (ulimit -n) and keeps \
            the last \(size) for itself.
            """
        )
    }
}
