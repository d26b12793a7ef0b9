package import ClusterRunnerPlugin

/// A writer and reader of the archives that carry results.
///
/// Names are bytes. An archiver extracts everything that it writes: entries that could not be extracted are left out
/// when the archive is written, and noted.
package protocol Archiver: Sendable {
    /// Streams an archive of the entries, produced as it is read.
    ///
    /// Entries are requested in batches: a request for each would cost more than a small file does. Nothing else is
    /// produced ahead of the reader, and a reader that goes away ends the work. Files are opened when their turn comes;
    /// an entry that has vanished by then ends the stream with an error. Entries that are left out are listed in the
    /// last file of the archive, ``ArchiveNotes/fileName``.
    func stream(
        _ entries: AsyncThrowingStream<[ArchiveEntry], any Error>,
        as format: ArchiveFormat
    ) -> AsyncThrowingStream<[UInt8], any Error>

    /// Writes an archive of the entries to a file, which is created or replaced.
    ///
    /// Returns what was left out or changed: unreadable files, sockets, fifos and devices, links that lead outside,
    /// paths that are too long or too deep, and entries beyond the limits.
    @discardableResult
    func write(
        _ entries: [ArchiveEntry],
        as format: ArchiveFormat,
        to path: String,
        limits: ArchiveLimits
    ) async throws -> ArchiveNotes

    /// Extracts an archive, whose format is detected from its content, into an existing directory.
    ///
    /// Hostile archives are refused, with an error that names the entry and with nothing left outside `directory`:
    /// absolute paths, `..`, writes through a symbolic link, symbolic and hard links that lead outside, device nodes,
    /// more entries or bytes than `limits` allow. Owners are ignored, permission bits kept (except setuid, setgid and
    /// sticky; the owner can always read files, and list and change directories). Returns the entries that were left
    /// out because the file system of `directory` does not support their names or kinds.
    @discardableResult
    func extract(_ path: String, into directory: String, limits: ArchiveLimits) async throws -> ArchiveNotes
}

extension Archiver {
    /// Writes an archive within ``ArchiveLimits/whenWriting``.
    @discardableResult
    package func write(
        _ entries: [ArchiveEntry],
        as format: ArchiveFormat,
        to path: String
    ) async throws -> ArchiveNotes {
        try await write(entries, as: format, to: path, limits: .whenWriting)
    }
}

/// The formats of archives.
package enum ArchiveFormat: String, Sendable, CaseIterable {
    case tar
    case tarGzip = "tar.gz"
    case zip
}

/// One entry of an archive that is being written.
package struct ArchiveEntry: Sendable, Equatable {
    /// The relative path inside the archive, without leading slash.
    package let path: ByteString
    /// Its content.
    package let content: Content

    /// The content of an entry.
    package enum Content: Sendable, Equatable {
        /// A regular file (mode 0644) with these bytes.
        case bytes([UInt8])
        /// A copy of the item at this path of the file system, with its permission bits and modification time: a file,
        /// a symbolic link (as a link), or a directory with everything below it.
        ///
        /// Links may lead to any place inside the archive.
        case item(at: ByteString)
        /// A copy of a directory whose links must stay inside it.
        ///
        /// A link whose absolute target lies inside, by one of the paths in `knownAs`, becomes a relative one.
        case closedDirectory(at: ByteString, knownAs: [ByteString])
    }

    /// Creates an entry.
    package init(path: ByteString, content: Content) {
        self.path = path
        self.content = content
    }
}

/// Limits on the size of an archive.
package struct ArchiveLimits: Sendable, Equatable {
    /// Maximum number of entries.
    package var entries: Int
    /// Maximum total size of all files, unpacked, in bytes.
    package var bytes: Int

    /// Creates limits.
    package init(entries: Int = 1_000_000, bytes: Int = 64 << 30) {
        self.entries = entries
        self.bytes = bytes
    }

    /// Limits for writing an archive; with its headers, it stays within the default limits of a reader.
    package static let whenWriting = ArchiveLimits(entries: 1_000_000, bytes: 60 << 30)
}
