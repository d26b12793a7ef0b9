package import ClusterRunnerPlugin

/// Writes and reads the archives that results travel in.
///
/// Names are bytes, and what an archiver writes it also extracts: what could not be extracted is left out when the
/// archive is written, and noted.
package protocol Archiver: Sendable {
    /// Streams an archive of the entries, made while it is read.
    ///
    /// Entries come several at a time: to ask for each alone would cost more than a small file does.
    /// Nothing else is made ahead of the reader, and a reader that goes away ends the work. Files are opened when their
    /// turn comes; an entry that has vanished by then ends the stream with an error. What is left out below an entry is
    /// listed in a last file of the archive, ``ArchiveNotes/fileName``.
    func stream(
        _ entries: AsyncThrowingStream<[ArchiveEntry], any Error>,
        as format: ArchiveFormat
    ) -> AsyncThrowingStream<[UInt8], any Error>

    /// Writes an archive of the entries to a file, which is created or replaced.
    ///
    /// Returns what was left out, or changed: what cannot be read, sockets, fifos and devices, links that lead outside,
    /// paths that are too long or too deep, and what is beyond the limits.
    @discardableResult
    func write(
        _ entries: [ArchiveEntry],
        as format: ArchiveFormat,
        to path: String,
        limits: ArchiveLimits
    ) async throws -> ArchiveNotes

    /// Extracts an archive (its format is found by its content) into an existing directory.
    ///
    /// Refused, with an error that names the entry, and with nothing left outside `directory`: absolute paths, `..`,
    /// writes through a symbolic link, symbolic and hard links that lead outside, device nodes, more entries or bytes
    /// than `limits` allow. Owners are ignored, permission bits kept (except setuid, setgid and sticky;
    /// the owner can always read files, and list and change directories). Returns which entries were left out because
    /// the file system of `directory` does not take their names or kinds.
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

/// The archive formats the product offers.
package enum ArchiveFormat: String, Sendable, CaseIterable {
    case tar
    case tarGzip = "tar.gz"
    case zip
}

/// One entry of an archive that is being written.
package struct ArchiveEntry: Sendable, Equatable {
    /// The relative path inside the archive, without leading slash.
    package let path: ByteString
    /// What stands there.
    package let content: Content

    /// What an entry holds.
    package enum Content: Sendable, Equatable {
        /// A regular file (mode 0644) of these bytes.
        case bytes([UInt8])
        /// A copy of whatever lies at this path of the file system, with its permission bits and modification time:
        /// a file, a symbolic link (as a link), or a directory with everything below it.
        ///
        /// Links may lead to any place inside the archive.
        case item(at: ByteString)
        /// A copy of a directory that links may not leave.
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

/// How much an archive may hold.
package struct ArchiveLimits: Sendable, Equatable {
    /// The most entries.
    package var entries: Int
    /// The most bytes of all files together, unpacked.
    package var bytes: Int

    /// Creates limits.
    package init(entries: Int = 1_000_000, bytes: Int = 64 << 30) {
        self.entries = entries
        self.bytes = bytes
    }

    /// The limits of an archive that is written: with the headers, it stays within the limits of a reader.
    package static let whenWriting = ArchiveLimits(entries: 1_000_000, bytes: 60 << 30)
}
