import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation

/// The extraction of one archive.
actor ArchiveExtraction {
    private let executor = ArchiveExecutor()
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let archivePath: String
    private let directoryPath: String
    private var budget: ArchiveBudget
    private var notes = ArchiveNotes()

    init(of path: String, into directory: String, limits: ArchiveLimits) {
        archivePath = path
        directoryPath = directory
        budget = ArchiveBudget(limits)
    }

    /// Extracts all entries, or those before the first refused one; returns the entries that the file system does not
    /// support.
    func run() throws -> ArchiveNotes {
        let reader = try ArchiveReader(path: archivePath)
        let directory = try ExtractionDirectory(directoryPath)
        while let entry = try reader.next() {
            try Task.checkCancellation()
            try budget.addEntry(entry.path)
            do {
                try extract(entry, from: reader, into: directory)
            } catch let fault as ExtractionDirectory.NameFault {
                notes.add(entry.path.names, "is left out: \(fault.reason)")
            }
        }
        return notes
    }

    private func extract(
        _ entry: ExtractedEntry,
        from reader: ArchiveReader,
        into directory: ExtractionDirectory
    ) throws {
        guard entry.kind != .special else {
            throw ClusterRunnerError.refused(entry.path, "it is a device, fifo or socket")
        }
        let name = try EntryName(entry.path)
        // libarchive unpacks the bytes of a link or a directory only to skip them, but that takes time too.
        if entry.kind != .file { try budget.addBytes(entry.size, of: entry.path) }
        // "./", the directory itself, the first entry of many tar files.
        guard let place = try directory.place(name, of: entry.path) else { return }
        switch entry.kind {
        case .file: try extractFile(entry, to: place, from: reader, into: directory)
        case .directory: try directory.makeDirectory(place, permissions: entry.permissions)
        case .symbolicLink(let target):
            try name.checkTarget(target)
            try directory.makeSymbolicLink(place, target: target)
        case .hardLink(let target):
            try directory.makeHardLink(place, to: targetPlace(target, of: place, in: directory))
        case .special: break
        }
    }

    private func extractFile(
        _ entry: ExtractedEntry,
        to place: ExtractionDirectory.Place,
        from reader: ArchiveReader,
        into directory: ExtractionDirectory
    ) throws {
        // A copy of the budget for the announced size: an archive that announces too much is refused before anything is
        // written. Only the actual bytes are counted.
        var announced = budget
        try announced.addBytes(entry.size, of: entry.path)
        let file = try directory.makeFile(place)
        var size = 0
        try reader.forEachBlock(of: entry.path) { bytes, offset in
            try Task.checkCancellation()
            // A hole before the block counts as if it were written.
            let end = max(size, offset + bytes.count)
            try budget.addBytes(end - size, of: entry.path)
            do throws(SystemFault) {
                try file.writeAll(bytes, at: offset)
            } catch {
                throw directory.failure(place, error)
            }
            size = end
        }
        if entry.size > size {
            try budget.addBytes(entry.size - size, of: entry.path)
            size = entry.size
        }
        try directory.finish(
            file,
            at: place,
            size: size,
            permissions: entry.permissions,
            modified: entry.modified
        )
    }

    private func targetPlace(
        _ target: ByteString,
        of place: ExtractionDirectory.Place,
        in directory: ExtractionDirectory
    ) throws -> ExtractionDirectory.Place {
        guard let name = try? EntryName(target) else {
            throw ClusterRunnerError.refused(place.path, "its target \"\(target)\" leads outside the directory")
        }
        guard let found = try directory.place(name, of: place.path) else {
            throw ClusterRunnerError.refused(place.path, "its target \"\(target)\" is not another file")
        }
        return found
    }
}
