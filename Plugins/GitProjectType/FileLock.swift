import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// Runs `body` under the exclusive lock of the file at `path`, which is created if necessary.
///
/// Blocks; the system releases the lock when the process dies.
func withFileLock<Result>(at path: String, _ body: () throws -> Result) throws -> Result {
    // Opened for every call: the lock belongs to the opened file, so that two threads exclude each other too.
    let file = try attempting("The lock file \"\(path)\" could not be opened", code: .failed) {
        try OpenFile(path, O_RDWR | O_CREAT)
    }
    return try file.whileLocked(orThrow: "The lock file \"\(path)\" could not be locked", body)
}

/// Makes an error with this thread's last reason of the system.
func systemError(_ sentence: String) -> ClusterRunnerError {
    SystemFault(errno).error(sentence, code: .failed)
}
