import ClusterRunnerPlugin
import Glibc

/// Runs `body` under the exclusive lock of the file at `path`, which is created if necessary.
///
/// Blocks; the system releases the lock when the process dies.
func withFileLock<Result>(at path: String, _ body: () throws -> Result) throws -> Result {
    // A descriptor for every call: the lock belongs to it, so that two threads exclude each other too.
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw systemError("The lock file \"\(path)\" could not be opened") }
    defer { close(descriptor) }
    while flock(descriptor, LOCK_EX) != 0 {
        guard errno == EINTR else { throw systemError("The lock file \"\(path)\" could not be locked") }
    }
    return try body()
}

/// Makes an error with this thread's last reason of the system.
func systemError(_ sentence: String) -> ClusterRunnerError {
    ClusterRunnerError(.failed, "\(sentence): \(systemMessage(errno)).")
}
