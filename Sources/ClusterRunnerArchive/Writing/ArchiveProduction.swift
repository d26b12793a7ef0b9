import ClusterRunnerCore
import Foundation

/// The making of one archive, a chunk at a time, as its reader asks for it.
///
/// Between two requests nothing happens, and at most one chunk of the archive is in memory. When the reader drops it,
/// the open file and libarchive's state go with it.
actor ArchiveProduction {
    /// The bytes that are read at once and handed over at once: enough to make the hops between threads cheap, little
    /// enough to notice soon that the reader was cancelled.
    private static let chunkSize = 256 << 10

    private let executor = ArchiveExecutor()
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let format: ArchiveFormat
    private let startTime = time(nil)
    private var writer: ArchiveWriter?
    private var isOver = false
    /// The body of the entry that was begun last.
    private var body: (any EntryBody)?
    /// What is still to be archived of the entry's directory, the next one last.
    private var items: [Item] = []
    private var buffer: [UInt8] = []
    /// The entries that have come and were not begun, the next one last.
    private var waiting: [ArchiveEntry] = []
    // Last, so that it goes last: whoever makes the entries learns of the end when the open file is closed.
    private var entries: AsyncThrowingStream<[ArchiveEntry], any Error>.AsyncIterator

    /// Something on the disk, and the name it gets.
    private struct Item {
        let path: RawPath
        let name: RawPath
    }

    init(of entries: AsyncThrowingStream<[ArchiveEntry], any Error>, as format: ArchiveFormat) {
        self.entries = entries.makeAsyncIterator()
        self.format = format
    }

    /// Makes the next chunk, or returns nil after the last one and after an error.
    func next() async throws -> [UInt8]? {
        guard !isOver else { return nil }
        do {
            let writer = try openWriter()
            while !isOver, writer.outputCount < Self.chunkSize {
                try Task.checkCancellation()
                try await advance(writer)
            }
            defer { if isOver { release() } }
            return writer.takeOutput()
        } catch {
            release()
            throw error
        }
    }

    /// Makes all of the archive and puts it into a file.
    func write(to path: String) async throws {
        let file = try PartialFile(path: path)
        while let chunk = try await next() {
            try file.write(chunk)
        }
        try file.commit()
    }

    private func openWriter() throws -> ArchiveWriter {
        if let writer { return writer }
        let writer = try ArchiveWriter(format)
        self.writer = writer
        buffer = Array(repeating: 0, count: Self.chunkSize)
        return writer
    }

    private func release() {
        isOver = true
        writer = nil
        body = nil
        items = []
        waiting = []
        buffer = []
    }
}

extension ArchiveProduction {
    /// Takes one small step: a chunk of a file, or the beginning of an entry, or the end.
    private func advance(_ writer: ArchiveWriter) async throws {
        if var body {
            let more = try buffer.withUnsafeMutableBytes { try body.writeChunk(to: writer, by: $0) }
            self.body = more ? body : nil
        } else if let item = items.popLast() {
            try begin(item, in: writer)
        } else if let entry = try await nextEntry() {
            try begin(entry, in: writer)
        } else {
            // A canceled task sees every stream end: without this the archive would look complete.
            try Task.checkCancellation()
            try writer.finish()
            isOver = true
        }
    }

    private func nextEntry() async throws -> ArchiveEntry? {
        while waiting.isEmpty {
            var iterator = entries
            defer { entries = iterator }
            guard let several = try await iterator.next(isolation: self) else { return nil }
            waiting = several.reversed()
        }
        return waiting.popLast()
    }

    private func begin(_ entry: ArchiveEntry, in writer: ArchiveWriter) throws {
        let name = try EntryName(RawPath(entry.path))
        guard name.split != nil else {
            throw ClusterRunnerError.refused(RawPath(entry.path), "its path names nothing")
        }
        switch entry.content {
        case .item(let path):
            try begin(Item(path: RawPath(path), name: name.path), in: writer)
        case .bytes(let bytes):
            let kind = EntryHeader.Kind.file(size: bytes.count)
            try writer.begin(EntryHeader(path: name.path, kind: kind, permissions: 0o644, modified: startTime))
            body = BytesBody(bytes)
        }
    }

    private func begin(_ item: Item, in writer: ArchiveWriter) throws {
        var status = stat()
        guard lstat(item.path.cString, &status) == 0 else {
            throw ClusterRunnerError.system(errno, "The file \"\(item.path)\" cannot be archived")
        }
        switch status.type {
        case S_IFREG:
            let file = try FileBody(item.path)
            let kind = EntryHeader.Kind.file(size: Int(file.status.st_size))
            try writer.begin(EntryHeader(path: item.name, kind: kind, status: file.status))
            body = file
        case S_IFLNK:
            let target = try readTarget(ofLinkAt: item.path)
            try writer.begin(EntryHeader(path: item.name, kind: .symbolicLink(target: target), status: status))
        case S_IFDIR:
            try writer.begin(EntryHeader(path: item.name, kind: .directory, status: status))
            items += try sortedNames(inDirectoryAt: item.path).reversed()
                .map { Item(path: item.path.appending($0), name: item.name.appending($0)) }
        default:
            // Sockets, fifos and devices mean nothing on another machine.
            break
        }
    }

    private func readTarget(ofLinkAt path: RawPath) throws -> RawPath {
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path.cString, &target, target.count)
        guard count >= 0 else { throw ClusterRunnerError.system(errno, "The link \"\(path)\" cannot be archived") }
        return RawPath(target.prefix(count).map { UInt8(bitPattern: $0) })
    }
}
