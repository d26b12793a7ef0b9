import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation

/// The file that a command's output was written to.
///
/// Read by plain system calls: there is one for every atom. A command may have put something else in its place, such as a
/// named pipe, which is not waited for.
enum ConsoleFile {
    /// Console output up to this many bytes travels inside the report; more goes to a file beside the artifacts.
    static let inlineLimit = 16 << 10

    /// The last bytes of a file, as many as travel inside a report; none when it cannot be read.
    static func end(at path: String) -> [UInt8] {
        (try? RegularFile(path).end(inlineLimit)) ?? []
    }

    /// The bytes of a file, or nil when there are more than `limit`.
    static func bytes(at path: String, upTo limit: Int) throws -> [UInt8]? {
        do {
            let file = try RegularFile(path)
            return file.size <= limit ? try file.bytes(count: file.size) : nil
        } catch {
            throw failure(path, error)
        }
    }

    /// The last bytes of a file, at most so many.
    static func end(of path: String, _ count: Int) throws -> [UInt8] {
        do {
            return try RegularFile(path).end(count)
        } catch {
            throw failure(path, error)
        }
    }

    /// Whether something else lies in the place of a file, or nothing, though its folder is there: what a command does, and
    /// no fault of this machine.
    static func wasReplaced(_ path: String) -> Bool {
        var status = stat()
        if lstat(path, &status) == 0 { return status.st_mode & S_IFMT != S_IFREG }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/") else { return false }
        return stat(String(path[..<slash]), &status) == 0
    }

    private static func failure(_ path: String, _ fault: RegularFile.Fault) -> ClusterRunnerError {
        ClusterRunnerError(.failed, "The console output in \(path) cannot be read: \(clause: fault).")
    }
}
