import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation

/// The output file of a command.
///
/// It is read by plain system calls, because every atom has one. A command may have replaced it, for example with a
/// named pipe, which is not waited for.
enum ConsoleFile {
    /// The maximum size of console output inside a report; larger output goes to a file beside the artifacts.
    static let inlineLimit = 16 << 10

    /// Returns the last bytes of a file, up to ``inlineLimit``; empty when it cannot be read.
    static func end(at path: String) -> [UInt8] {
        (try? RegularFile(path).end(inlineLimit)) ?? []
    }

    /// Returns the bytes of a file, or nil when it is larger than `limit`.
    static func bytes(at path: String, upTo limit: Int) throws -> [UInt8]? {
        do {
            let file = try RegularFile(path)
            return file.size <= limit ? try file.bytes(count: file.size) : nil
        } catch {
            throw failure(path, error)
        }
    }

    /// Returns at most `count` last bytes of a file.
    static func end(of path: String, _ count: Int) throws -> [UInt8] {
        do {
            return try RegularFile(path).end(count)
        } catch {
            throw failure(path, error)
        }
    }

    /// Whether a command replaced or removed the file while its folder exists, which is not an obstacle of the machine.
    static func wasReplaced(_ path: String) -> Bool {
        if let status = FileStatus(path: path, followingLinks: false) { return status.kind != .regular }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/") else { return false }
        return FileStatus(path: String(path[..<slash])) != nil
    }

    private static func failure(_ path: String, _ fault: RegularFile.Fault) -> ClusterRunnerError {
        ClusterRunnerError(.failed, "The console output in \(path) cannot be read: \(clause: fault).")
    }
}
