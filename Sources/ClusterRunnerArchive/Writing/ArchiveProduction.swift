import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation

/// The production of one archive, chunk by chunk at its reader's request.
///
/// Nothing happens between two requests, and at most one chunk of the archive is in memory. When the reader drops it,
/// the open file and libarchive's state are released.
actor ArchiveProduction {
    /// The size of a chunk: large enough to make the hops between threads cheap, small enough to notice soon that the
    /// reader was canceled.
    private static let chunkSize = 256 << 10
    /// File size from which the free space of the disk is checked.
    private static let largeSize = 16 << 20

    private let executor = ArchiveExecutor()
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let format: ArchiveFormat
    private let startTime = time(nil)
    private var writer: ArchiveWriter?
    private var isOver = false
    /// The body of the entry begun last.
    private var body: (any EntryBody)?
    /// The names of that entry.
    private var bodyNames: [ByteString] = []
    /// Whether the notes are already in the archive.
    private var isNoted = false
    /// The remaining items of the entry's directory, the next one last.
    private var items: [ArchiveItem] = []
    private var buffer: [UInt8] = []
    /// The received entries that are not begun, the next one last.
    private var waiting: [ArchiveEntry] = []
    private var budget: ArchiveBudget
    private(set) var notes = ArchiveNotes()
    /// The file of the archive; nil when it is streamed.
    private var file: PartialFile?
    // Declared last, so that it is released last: the source of the entries learns of the end when the open file is
    // closed.
    private var entries: AsyncThrowingStream<[ArchiveEntry], any Error>.AsyncIterator

    init(of entries: AsyncThrowingStream<[ArchiveEntry], any Error>, as format: ArchiveFormat, limits: ArchiveLimits) {
        self.entries = entries.makeAsyncIterator()
        self.format = format
        budget = ArchiveBudget(limits)
    }

    /// Produces the next chunk; nil after the last one and after an error.
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

    /// Writes the whole archive to a file; returns what was left out.
    func write(to path: String) async throws -> ArchiveNotes {
        let file = try PartialFile(path: path)
        self.file = file
        defer { self.file = nil }
        while let chunk = try await next() {
            try file.write(chunk)
        }
        try file.commit()
        return notes
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
    /// Does one small step: a chunk of a file, the beginning of an entry, or the end.
    private func advance(_ writer: ArchiveWriter) async throws {
        if var body {
            let more = try buffer.withUnsafeMutableBytes { try body.writeChunk(to: writer, by: $0) }
            if !more, let fault = body.fault { notes.add(bodyNames, fault) }
            self.body = more ? body : nil
        } else if let item = items.popLast() {
            try begin(item, in: writer)
        } else if let entry = try await nextEntry() {
            try begin(entry, in: writer)
        } else if !isNoted, file == nil, !notes.isEmpty {
            isNoted = true
            let text = notes.lines.map { "\($0)\n" }.joined()
            try begin(
                ArchiveEntry(path: ByteString(ArchiveNotes.fileName), content: .bytes(Array(text.utf8))),
                in: writer
            )
        } else {
            // In a canceled task every stream ends: without this check the archive would look complete.
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
        let name = try EntryName(entry.path)
        guard name.split != nil else { throw ClusterRunnerError.refused(entry.path, "its path names nothing") }
        switch entry.content {
        case .item(let path):
            try begin(path, as: name, ArchiveItem.Bounds(depth: 0, knownAs: []), in: writer)
        case .closedDirectory(let path, let others):
            let bounds = ArchiveItem.Bounds(depth: name.components.count, knownAs: others)
            try begin(path, as: name, bounds, in: writer)
        case .bytes(let bytes):
            let kind = EntryHeader.Kind.file(size: bytes.count)
            try writer.begin(EntryHeader(path: name.path, kind: kind, permissions: 0o644, modified: startTime))
            (body, bodyNames) = (BytesBody(bytes), name.components)
        }
    }

    /// Begins an entry, whose item must exist.
    private func begin(
        _ path: ByteString,
        as name: EntryName,
        _ bounds: ArchiveItem.Bounds,
        in writer: ArchiveWriter
    ) throws {
        let place = ItemPlace(directory: nil, name: path)
        _ = try ClusterRunnerError.explaining("The file \"\(path)\" cannot be archived") { () throws(SystemFault) in
            try place.status()
        }
        let item = ArchiveItem(place: place, names: name.components, length: name.path.count, bounds: bounds)
        try begin(item, in: writer)
    }
}

// MARK: Items on the disk

extension ArchiveProduction {
    /// Begins the entry of an item; leaves it out when the system refuses to read it.
    private func begin(_ item: ArchiveItem, in writer: ArchiveWriter) throws {
        if let fault = EntryName.fault(length: item.length, depth: item.names.count) { return skip(item, fault) }
        do {
            let status = try item.place.status()
            switch status.kind {
            case .regular: try beginFile(item, in: writer)
            case .link: try beginLink(item, status, in: writer)
            case .directory: try beginDirectory(item, in: writer)
            // Sockets mean nothing on another machine.
            case .socket: skip(item, "it is a socket")
            case .pipe: skip(item, "it is a fifo")
            case .device, .other: skip(item, "it is a device")
            }
        } catch let fault as SystemFault {
            try skipUnreadable(item, fault)
        }
    }

    private func beginFile(_ item: ArchiveItem, in writer: ArchiveWriter) throws {
        let file = try item.place.open()
        let status = try file.file.status()
        guard status.kind == .regular else { return skip(item, "something else took its place") }
        if let fault = faultOfRoom(for: status.size) { return skip(item, fault) }
        guard takes(item, bytes: status.size) else { return }
        let body = try FileBody(file, size: status.size, chunk: Self.chunkSize)
        try writer.begin(EntryHeader(path: item.path, kind: .file(size: body.size), status: status))
        (self.body, bodyNames) = (body, item.names)
    }

    private func beginLink(_ item: ArchiveItem, _ status: FileStatus, in writer: ArchiveWriter) throws {
        let target = try item.place.linkTarget()
        let archived: ByteString
        do throws(LinkRule.Fault) {
            archived = try item.linkRule.target(target)
        } catch {
            return skip(item, "its target \(error.text)")
        }
        guard takes(item, bytes: 0) else { return }
        try writer.begin(EntryHeader(path: item.path, kind: .symbolicLink(target: archived), status: status))
    }

    private func beginDirectory(_ item: ArchiveItem, in writer: ArchiveWriter) throws {
        let directory = try item.place.open(O_DIRECTORY)
        let status = try directory.file.status()
        guard takes(item, bytes: 0) else { return }
        if item.names.count == item.bounds.depth { item.bounds.directory = directory }
        try writer.begin(EntryHeader(path: item.path, kind: .directory, status: status))
        let listing = DirectoryListing(of: directory.descriptor)
        if let fault = listing.fault { notes.add(item.names, "is incomplete: \(fault)") }
        items += listing.names.reversed().map { item.child($0, in: directory) }
    }

    /// Counts an item against the limits of the archive; items beyond them are left out.
    private func takes(_ item: ArchiveItem, bytes: Int) -> Bool {
        guard let fault = budget.take(bytes: bytes) else { return true }
        notes.isFull = true
        skip(item, fault)
        return false
    }

    /// Returns the reason why a file does not fit on the disk and is left out; nil if it fits.
    private func faultOfRoom(for size: Int) -> String? {
        guard let file, size >= Self.largeSize, let room = file.room, room < size + Self.largeSize else { return nil }
        return "it has \(size) bytes, and the disk has room for \(room)"
    }

    /// Leaves out unreadable items, unless the process as a whole is in trouble.
    private func skipUnreadable(_ item: ArchiveItem, _ fault: SystemFault) throws {
        guard ![EMFILE, ENFILE, ENOMEM].contains(fault.number) else {
            throw ClusterRunnerError.system(fault, "The file \"\(item.path)\" cannot be archived")
        }
        skip(item, "\(fault)")
    }

    private func skip(_ item: ArchiveItem, _ reason: String) {
        notes.add(item.names, "is left out: \(reason)")
    }
}
