import CDispatch
import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// A log file that is replaced at a size limit; the previous one is kept as `NAME.1`.
///
/// Several processes may write to one file, as a master and slaves of one base directory do: lines stay whole, and one
/// process begins the new file for all. A file that another program moved away is created again.
package final class RotatingLogFile: LogSink {
    private let path: String
    private let sizeLimit: Int
    private let descriptor: Lock<Int32?>

    /// Opens the file; creates it and its directory if missing.
    ///
    /// - Throws: ``ClusterRunnerError`` that names the path and the system's reason.
    package init(path: String, sizeLimit: Int) throws {
        self.path = path
        self.sizeLimit = sizeLimit
        let directory = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        if !directory.isEmpty { try OpenFile.makeDirectory(directory) }
        guard let opened = try Self.open(path) else {
            throw ClusterRunnerError(.notFound, "The log file \(path) cannot be made: there is no such directory.")
        }
        descriptor = Lock(opened)
    }

    deinit {
        descriptor.withLock { descriptor in
            if let descriptor { close(descriptor) }
        }
    }

    package func write(_ line: [UInt8]) {
        descriptor.withLock { descriptor in
            reopenIfMoved(&descriptor)
            rotateIfFull(&descriptor, adding: line.count)
            guard let descriptor else { return }
            _ = Glibc.write(descriptor, line, line.count)
        }
    }

    private func reopenIfMoved(_ descriptor: inout Int32?) {
        if let open = descriptor, Self.isFile(open, at: path) { return }
        reopen(&descriptor)
    }

    private func rotateIfFull(_ descriptor: inout Int32?, adding count: Int) {
        guard let full = descriptor, isFull(full, adding: count) else { return }
        // The holder of the full file's lock renames it; the others then find that it has moved.
        while flock(full, LOCK_EX) != 0, errno == EINTR {}
        if Self.isFile(full, at: path) { rename(path, path + ".1") }
        // Closing releases the lock.
        reopen(&descriptor)
    }

    private func reopen(_ descriptor: inout Int32?) {
        if let open = descriptor { close(open) }
        descriptor = (try? Self.open(path)) ?? nil
    }

    private func isFull(_ descriptor: Int32, adding count: Int) -> Bool {
        // An empty file takes any line: otherwise a long one would rotate without end.
        guard let size = FileStatus(descriptor: descriptor)?.size, size > 0 else { return false }
        return size + count > sizeLimit
    }

    private static func open(_ path: String) throws -> Int32? {
        // Without blocking: a named pipe would keep the service from starting until it has a reader, and then block
        // every task that logs when the reader stops. Lines that do not fit are dropped.
        guard let file = try OpenFile(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY) else { return nil }
        return file.relinquish()
    }

    private static func isFile(_ descriptor: Int32, at path: String) -> Bool {
        guard let here = FileStatus(descriptor: descriptor), let there = FileStatus(path: path) else { return false }
        return here.identity == there.identity
    }
}
