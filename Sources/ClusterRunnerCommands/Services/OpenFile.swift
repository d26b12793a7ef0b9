import CDispatch
import CNIOLinux
import ClusterRunnerConcurrency
import ClusterRunnerPlugin
import Glibc

/// An open file, closed at the end of its scope.
///
/// Commands never inherit the descriptor, because a child would keep its lock.
struct OpenFile: ~Copyable {
    let descriptor: Int32

    /// Opens a file, with flags as for `open(2)`; nil when it does not exist.
    ///
    /// Throws ``ClusterRunnerError`` with the system's reason and the path, or with `reported` in its place.
    init?(_ path: String, _ flags: Int32, reported: String? = nil) throws {
        let opened = open(path, flags | O_CLOEXEC, 0o600)
        let code = errno
        guard opened >= 0 else {
            if code == ENOENT { return nil }
            throw ClusterRunnerError.system("\(reported ?? path) cannot be opened", code)
        }
        descriptor = opened
    }

    /// Takes over a descriptor of ``relinquish()``.
    init(owning descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit { Glibc.close(descriptor) }

    /// Gives up ownership: the file and its locks stay until the caller closes the descriptor or the process ends.
    consuming func relinquish() -> Int32 {
        let kept = descriptor
        discard self
        return kept
    }

    /// Reads the owner, mode, size and identity of the file.
    func status() throws -> stat {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw ClusterRunnerError.system("fstat failed", errno) }
        return status
    }

    /// Reads the whole file.
    func contents() throws -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = pread(descriptor, &chunk, chunk.count, off_t(bytes.count))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw ClusterRunnerError.system("A file cannot be read", errno) }
            guard count > 0 else { return bytes }
            bytes += chunk[..<count]
        }
    }

    /// Writes all bytes at the current position.
    func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { throw ClusterRunnerError.system("A file cannot be written", errno) }
                rest = rest.dropFirst(count)
            }
        }
    }
}

extension OpenFile {
    /// The locks of `flock(2)`, which the system releases when their process ends in any way.
    enum Lock {
        /// Held by many at once, excluding an exclusive lock.
        case shared
        case exclusive

        fileprivate var operation: Int32 { self == .shared ? LOCK_SH : LOCK_EX }
    }

    /// Takes a lock unless another one excludes it.
    func tryLock(_ lock: Lock) -> Bool {
        flock(descriptor, lock.operation | LOCK_NB) == 0
    }

    /// Takes a lock and blocks the calling thread until then.
    func lock(_ lock: Lock) throws {
        while flock(descriptor, lock.operation) != 0 {
            guard errno == EINTR else { throw ClusterRunnerError.system("A lock cannot be taken", errno) }
        }
    }
}

extension ClusterRunnerError {
    /// Makes the error of a failed system call, with the system's reason.
    static func system(_ what: String, _ code: Int32) -> Self {
        Self(.failed, "\(what): \(systemMessage(code)).")
    }
}
