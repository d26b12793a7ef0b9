import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation
import Glibc

/// An open file that exists as long as it is in use, independent of its name.
///
/// A file created here never has a name, so it disappears even if the process is killed.
final class ScratchFile: Sendable {
    private let descriptor: Int32

    /// Creates an empty file on the disk of `directory`.
    init(in directory: String) throws {
        let path = "\(directory)/scratch-\(UUID.random().uuidString)"
        descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw systemError("No scratch file could be made in \"\(directory)\"") }
        unlink(path)
    }

    /// Opens an existing file for reading; its later removal does not matter.
    convenience init(reading path: String) throws {
        try self.init(reading: FileName(path.utf8))
    }

    /// Opens a file by the bytes of its path.
    init(reading path: FileName) throws {
        descriptor = open(path.cString, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw systemError("\"\(ByteString(path.bytes))\" could not be opened") }
    }

    deinit {
        close(descriptor)
    }

    /// Appends bytes.
    func append(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw systemError("A scratch file could not be written") }
            rest = rest.dropFirst(count)
        }
    }

    /// Reads up to `count` bytes; fewer at the end, none after it.
    ///
    /// Several readers may read concurrently.
    func read(at offset: Int, count: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            repeat {
                let got = pread(descriptor, buffer.baseAddress, count, off_t(offset))
                if got < 0, errno == EINTR { continue }
                guard got >= 0 else { throw systemError("A scratch file could not be read") }
                filled = got
                return
            } while true
        }
    }
}
