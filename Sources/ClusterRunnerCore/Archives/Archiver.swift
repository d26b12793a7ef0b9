/// Writes and reads the archives that results travel in.
public protocol Archiver: Sendable {
    /// Streams an archive of the entries, made while it is read.
    ///
    /// Entries come several at a time: to ask for each alone would cost more than a small file does.
    /// Nothing else is made ahead of the reader, and a reader that goes away ends the work. Files are opened when their
    /// turn comes; one that has vanished by then ends the stream with an error.
    func stream(
        _ entries: AsyncThrowingStream<[ArchiveEntry], any Error>,
        as format: ArchiveFormat
    ) -> AsyncThrowingStream<[UInt8], any Error>

    /// Writes an archive of the entries to a file, which is created or replaced.
    func write(_ entries: [ArchiveEntry], as format: ArchiveFormat, to path: String) async throws

    /// Extracts an archive (its format is found by its content) into an existing directory.
    ///
    /// Refused, with an error that names the entry, and with nothing left outside `directory`: absolute paths, `..`,
    /// writes through a symbolic link, symbolic and hard links that lead outside, device nodes, more entries or bytes
    /// than `limits` allow. Owners are ignored, permission bits kept (less setuid, setgid and sticky;
    /// the owner can always read files, and list and change directories).
    func extract(_ path: String, into directory: String, limits: ArchiveLimits) async throws
}

/// The archive formats the product offers.
public enum ArchiveFormat: String, Sendable, CaseIterable {
    case tar
    case tarGzip = "tar.gz"
    case zip
}

/// One entry of an archive that is being written.
public struct ArchiveEntry: Sendable, Equatable {
    /// The relative path inside the archive, without leading slash.
    public let path: String
    /// What stands there.
    public let content: Content

    /// What an entry holds.
    public enum Content: Sendable, Equatable {
        /// A regular file (mode 0644) of these bytes.
        case bytes([UInt8])
        /// A copy of whatever lies at this path of the file system, with its permission bits and modification time:
        /// a file, a symbolic link (as a link), or a directory with everything below it.
        case item(at: String)
    }

    /// Creates an entry.
    public init(path: String, content: Content) {
        self.path = path
        self.content = content
    }
}

/// How much an archive may hold when it is extracted.
public struct ArchiveLimits: Sendable, Equatable {
    /// The most entries.
    public var entries: Int
    /// The most bytes of all files together, unpacked.
    public var bytes: Int

    /// Creates limits.
    public init(entries: Int = 1_000_000, bytes: Int = 64 << 30) {
        self.entries = entries
        self.bytes = bytes
    }
}
