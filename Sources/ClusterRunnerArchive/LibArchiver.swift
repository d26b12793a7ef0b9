public import ClusterRunnerCore

/// The archiver that writes and reads with libarchive.
///
/// Names travel as the bytes that the file system has. In zip, which knows only UTF-8 names, a byte that is not UTF-8
/// is written `%E9`. A file that grows while it is archived is cut to the size it had when it was opened; one that
/// shrinks ends the archive with an error.
///
/// A stream whose reader is cancelled ends without its last bytes and without an error, as every `AsyncThrowingStream`
/// does: a reader that hands the bytes on looks at `Task.isCancelled` before it calls the archive complete.
public struct LibArchiver: Archiver {
    /// Creates an archiver.
    public init() {}

    public func stream(
        _ entries: AsyncThrowingStream<[ArchiveEntry], any Error>,
        as format: ArchiveFormat
    ) -> AsyncThrowingStream<[UInt8], any Error> {
        let production = ArchiveProduction(of: entries, as: format)
        return AsyncThrowingStream(unfolding: { try await production.next() })
    }

    public func write(_ entries: [ArchiveEntry], as format: ArchiveFormat, to path: String) async throws {
        let stream = AsyncThrowingStream<[ArchiveEntry], any Error> { continuation in
            continuation.yield(entries)
            continuation.finish()
        }
        try await ArchiveProduction(of: stream, as: format).write(to: path)
    }

    public func extract(_ path: String, into directory: String, limits: ArchiveLimits) async throws {
        try await ArchiveExtraction(of: path, into: directory, limits: limits).run()
    }
}
