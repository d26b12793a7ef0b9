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
    private let file: Lock<OpenFile?>

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
        file = Lock(opened)
    }

    package func write(_ line: [UInt8]) {
        file.withLock { file in
            guard let current = current(file.take()), let open = rotatedIfFull(current, adding: line.count) else {
                return
            }
            _ = try? open.unowned.write(line[...])
            file = consume open
        }
    }

    /// Returns the open file, or a new one when there is none or another program moved it away.
    private func current(_ file: consuming OpenFile?) -> OpenFile? {
        if let open = file, isAtPath(open) { return open }
        return reopened()
    }

    private func rotatedIfFull(_ file: consuming OpenFile, adding count: Int) -> OpenFile? {
        guard isFull(file, adding: count) else { return file }
        // The holder of the full file's lock renames it; the others then find that it has moved.
        try? file.lock(.exclusive)
        if isAtPath(file) { rename(path, path + ".1") }
        // Closing releases the lock.
        return reopened()
    }

    private func reopened() -> OpenFile? { (try? Self.open(path)) ?? nil }

    private func isFull(_ file: borrowing OpenFile, adding count: Int) -> Bool {
        // An empty file takes any line: otherwise a long one would rotate without end.
        guard let size = try? file.status().size, size > 0 else { return false }
        return size + count > sizeLimit
    }

    private static func open(_ path: String) throws -> OpenFile? {
        // Without blocking: a named pipe would keep the service from starting until it has a reader, and then block
        // every task that logs when the reader stops. Lines that do not fit are dropped.
        try OpenFile.ifThere(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY)
    }

    private func isAtPath(_ file: borrowing OpenFile) -> Bool {
        guard let here = try? file.status(), let there = FileStatus(path: path) else { return false }
        return here.identity == there.identity
    }
}
