import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation
import Glibc

/// An open file that exists as long as it is in use, independent of its name.
///
/// A file created here never has a name, so it disappears even if the process is killed.
final class ScratchFile: Sendable {
    private let file: OpenFile

    /// Creates an empty file on the disk of `directory`.
    init(in directory: String) throws {
        let path = "\(directory)/scratch-\(UUID.random().uuidString)"
        file = try attempting("No scratch file could be made in \"\(directory)\"", code: .failed) {
            try OpenFile(path, O_RDWR | O_CREAT | O_EXCL)
        }
        unlink(path)
    }

    /// Opens an existing file for reading; its later removal does not matter.
    convenience init(reading path: String) throws {
        try self.init(reading: FileName(path.utf8))
    }

    /// Opens a file by the bytes of its path.
    init(reading path: FileName) throws {
        file = try attempting("\"\(ByteString(path.bytes))\" could not be opened", code: .failed) {
            try OpenFile(path.cString, O_RDONLY | O_NOFOLLOW)
        }
    }

    /// Appends bytes.
    func append(_ bytes: UnsafeRawBufferPointer) throws {
        try attempting("A scratch file could not be written", code: .failed) { try file.writeAll(bytes) }
    }

    /// Reads up to `count` bytes; fewer at the end, none after it.
    ///
    /// Several readers may read concurrently.
    func read(at offset: Int, count: Int) throws -> [UInt8] {
        try attempting("A scratch file could not be read", code: .failed) {
            try file.piece(from: offset, upTo: count)
        }
    }
}
