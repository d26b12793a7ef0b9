import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation

/// An open file that is read at offsets and counts the bytes read.
final class ReadableFile {
    private let path: String
    private let file: OpenFile
    /// The number of bytes read so far.
    private(set) var bytesRead = 0

    /// Opens a file.
    init(path: String) throws {
        self.path = path
        guard let file = try? OpenFile(path, O_RDONLY | O_NONBLOCK) else {
            throw ClusterRunnerError(.notFound, "The console output no longer exists.")
        }
        self.file = file
    }

    /// The current size.
    var size: Int { (try? file.status().size) ?? 0 }

    /// The file's inode and its modification time in microseconds since 1970.
    var identity: (inode: UInt64, changed: Int) {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        let inode = (attributes?[.systemFileNumber] as? NSNumber)?.uint64Value ?? 0
        let changed = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
        return (inode, Int(changed * 1_000_000))
    }

    /// Reads bytes from an offset; returns fewer only at the end of the file.
    func read(at offset: Int, count: Int) throws -> [UInt8] {
        let bytes = try attempting("The console output cannot be read", code: .failed) {
            try file.bytes(from: offset, count: count)
        }
        bytesRead += bytes.count
        return bytes
    }
}
