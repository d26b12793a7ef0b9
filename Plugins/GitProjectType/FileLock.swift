import ClusterRunnerPlugin
import Glibc

/// Runs `body` while no other thread or process holds the lock of the file at `path`, which is made if needed.
///
/// Blocks; the system frees the lock when the process dies.
func withFileLock<Result>(at path: String, _ body: () throws -> Result) throws -> Result {
    // A descriptor of its own for every call: the lock belongs to it, so that two threads exclude each other too.
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw systemError("The lock file \"\(path)\" could not be opened") }
    defer { close(descriptor) }
    while flock(descriptor, LOCK_EX) != 0 {
        guard errno == EINTR else { throw systemError("The lock file \"\(path)\" could not be locked") }
    }
    return try body()
}

/// An error with the reason that the system gave last on this thread.
func systemError(_ sentence: String) -> ClusterRunnerError {
    ClusterRunnerError(.failed, "\(sentence): \(systemMessage(errno)).")
}
