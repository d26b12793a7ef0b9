package import ClusterRunnerFiles

/// An archiver on libarchive.
///
/// Names travel as the bytes of the file system; in zip, those that are UTF-8 are marked as such. (Names with that mark
/// come out in normalization form C; the results of a build travel as tar.) A file that grows while it is archived is
/// cut to its size at opening; a file that shrinks ends in zeros, and is noted.
///
/// A stream whose reader is canceled ends without its last bytes and without an error, like every
/// `AsyncThrowingStream`: a reader that passes the bytes on must check `Task.isCancelled` before it treats the archive
/// as complete.
package struct LibArchiver: Archiver {
    /// Creates an archiver.
    package init() {}

    package func stream(
        _ entries: AsyncThrowingStream<[ArchiveEntry], any Error>,
        as format: ArchiveFormat
    ) -> AsyncThrowingStream<[UInt8], any Error> {
        let production = ArchiveProduction(of: entries, as: format, limits: .whenWriting)
        return AsyncThrowingStream(unfolding: { try await production.next() })
    }

    @discardableResult
    package func write(
        _ entries: [ArchiveEntry],
        as format: ArchiveFormat,
        to path: String,
        limits: ArchiveLimits
    ) async throws -> ArchiveNotes {
        let stream = AsyncThrowingStream<[ArchiveEntry], any Error> { continuation in
            continuation.yield(entries)
            continuation.finish()
        }
        return try await ArchiveProduction(of: stream, as: format, limits: limits).write(to: path)
    }

    @discardableResult
    package func extract(
        _ path: String,
        into directory: String,
        limits: ArchiveLimits
    ) async throws -> ArchiveNotes {
        try await ArchiveExtraction(of: path, into: directory, limits: limits).run()
    }
}
