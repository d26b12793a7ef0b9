import ClusterRunnerCore
import Foundation

/// The bytes of an entry that are still to be written.
protocol EntryBody {
    /// Writes the next bytes, at most as many as the buffer holds; returns whether more follow.
    mutating func writeChunk(to writer: ArchiveWriter, by buffer: UnsafeMutableRawBufferPointer) throws -> Bool
}

/// A body that was given as bytes.
struct BytesBody: EntryBody {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    mutating func writeChunk(to writer: ArchiveWriter, by buffer: UnsafeMutableRawBufferPointer) throws -> Bool {
        try rest.prefix(buffer.count).withUnsafeBytes { try writer.write($0) }
        rest = rest.dropFirst(buffer.count)
        return !rest.isEmpty
    }
}

/// A body that is read from a file as it is written: exactly the bytes that the file had when it was opened.
struct FileBody: EntryBody {
    let status: stat
    private let path: RawPath
    private let file: OpenFile
    private let size: Int
    private var written = 0

    init(_ path: RawPath) throws {
        // Without O_NONBLOCK a fifo that has taken the file's place would hold up the archive until somebody writes.
        let descriptor = open(path.cString, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard let file = OpenFile(descriptor) else {
            throw ClusterRunnerError.system(errno, "The file \"\(path)\" cannot be archived")
        }
        var status = stat()
        guard fstat(file.descriptor, &status) == 0, status.type == S_IFREG else {
            throw ClusterRunnerError(.failed, "The file \"\(path)\" cannot be archived: something else took its place.")
        }
        self.path = path
        self.file = file
        self.status = status
        size = Int(status.st_size)
    }

    mutating func writeChunk(to writer: ArchiveWriter, by buffer: UnsafeMutableRawBufferPointer) throws -> Bool {
        let count = file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(size - written)))
        guard count >= 0 else { throw ClusterRunnerError.system(errno, "The file \"\(path)\" cannot be archived") }
        // Padding would make an archive that looks whole with bytes that nobody wrote.
        guard count > 0 || written == size else {
            throw ClusterRunnerError(
                .failed,
                "The file \"\(path)\" shrank from \(size) to \(written) bytes while it was archived."
            )
        }
        try writer.write(UnsafeRawBufferPointer(rebasing: buffer.prefix(count)))
        written += count
        return written < size
    }
}
