import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation

/// The bytes of an entry that are still to be written.
protocol EntryBody {
    /// Writes the next bytes, up to the size of the buffer; returns whether more follow.
    mutating func writeChunk(to writer: ArchiveWriter, by buffer: UnsafeMutableRawBufferPointer) throws -> Bool

    /// The fault of the bytes, once all are written; nil without one.
    var fault: String? { get }
}

/// A body of given bytes.
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

    var fault: String? { nil }
}

/// A body that is read from a file while it is written: the bytes that the file had when it was opened.
struct FileBody: EntryBody {
    /// The size of the entry in bytes.
    private(set) var size: Int
    private let file: SharedFile
    /// The first bytes, read before the entry's header was written: most files are no longer than that.
    private var head: [UInt8]
    private var written = 0
    private var isCut = false
    private(set) var fault: String?

    /// Reads the beginning of a file of that size, up to `chunk` bytes.
    init(_ file: SharedFile, size: Int, chunk: Int) throws(SystemFault) {
        let wanted = min(size, chunk)
        head = try file.file.nextBytes(wanted)
        self.file = file
        self.size = head.count < wanted ? head.count : size
    }

    mutating func writeChunk(to writer: ArchiveWriter, by buffer: UnsafeMutableRawBufferPointer) throws -> Bool {
        if written == 0, !head.isEmpty {
            try head.withUnsafeBytes { try writer.write($0) }
            written = head.count
            head = []
            return written < size
        }
        let chunk = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(size - written))
        let count = isCut ? 0 : read(into: chunk)
        if count > 0 {
            try writer.write(UnsafeRawBufferPointer(rebasing: chunk.prefix(count)))
            written += count
        } else {
            try pad(chunk, to: writer)
        }
        return written < size
    }

    /// Reads the next bytes; none at the end and after a failure, which becomes the fault.
    private mutating func read(into chunk: UnsafeMutableRawBufferPointer) -> Int {
        do {
            return try file.file.read(into: chunk)
        } catch {
            fault = "ends in zeros after \(written) of \(size) bytes: \(error)"
            return 0
        }
    }

    /// Writes zeros for missing bytes, which the header has promised and other entries follow.
    private mutating func pad(_ chunk: UnsafeMutableRawBufferPointer, to writer: ArchiveWriter) throws {
        if !isCut, fault == nil, written < size {
            fault = "ends in zeros after \(written) of \(size) bytes: it shrank while it was archived"
        }
        isCut = true
        chunk.initializeMemory(as: UInt8.self, repeating: 0)
        try writer.write(UnsafeRawBufferPointer(chunk))
        written += chunk.count
    }
}
