import CArchive
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation

/// A reader of one archive file on libarchive: tar, tar.gz or zip.
final class ArchiveReader {
    private let archive: OpaquePointer
    private let path: String

    init(path: String) throws {
        guard let archive = archive_read_new() else {
            throw ClusterRunnerError(.unavailable, "No memory is left to read an archive.")
        }
        self.archive = archive
        self.path = path
        // The formats that the product writes, and the compressions of source archives: each further one would add
        // attack surface without a use.
        archive_read_support_filter_gzip(archive)
        archive_read_support_filter_bzip2(archive)
        archive_read_support_filter_xz(archive)
        archive_read_support_filter_zstd(archive)
        archive_read_support_format_tar(archive)
        // The other zip reader ignores the table at the end, which has the permissions, and would accept a truncated
        // archive.
        archive_read_support_format_zip_seekable(archive)
        guard access(path, R_OK) == 0 else {
            throw ClusterRunnerError.system(SystemFault(errno), "The archive \"\(path)\" cannot be read")
        }
        guard archive_read_open_filename(archive, path, 128 << 10) == ARCHIVE_OK else { throw unreadable() }
    }

    deinit {
        archive_read_free(archive)
    }

    /// Reads the next entry; nil at the end of the archive.
    func next() throws -> ExtractedEntry? {
        var entry: OpaquePointer?
        let status = archive_read_next_header(archive, &entry)
        if status == ARCHIVE_EOF {
            try checkEnd()
            return nil
        }
        guard let entry, let path = archive_entry_pathname(entry).map({ ByteString(cString: $0) }) else {
            throw unreadable()
        }
        // A warning means that part of the header was not understood; files must not be written from a guess.
        guard status == ARCHIVE_OK else {
            throw ClusterRunnerError.library(archive, .invalidArgument, "The archive entry \"\(path)\" cannot be read")
        }
        return ExtractedEntry(entry, path: path)
    }

    /// Calls `body` with the bytes of the current entry, block by block, each with its offset in the file.
    func forEachBlock(of name: ByteString, _ body: (UnsafeRawBufferPointer, Int) throws -> Void) throws {
        var bytes: UnsafeRawPointer?
        var count = 0
        var offset: Int64 = 0
        while true {
            switch archive_read_data_block(archive, &bytes, &count, &offset) {
            case ARCHIVE_OK: try body(UnsafeRawBufferPointer(start: bytes, count: count), Int(offset))
            case ARCHIVE_EOF: return
            default:
                let what = "The archive entry \"\(name)\" cannot be read"
                throw ClusterRunnerError.library(archive, .invalidArgument, what)
            }
        }
    }

    /// Checks that a tar archive has its end marker: libarchive accepts an archive that was truncated between two
    /// entries.
    private func checkEnd() throws {
        guard archive_format(archive) & ARCHIVE_FORMAT_BASE_MASK == ARCHIVE_FORMAT_TAR else { return }
        guard archive_filter_bytes(archive, 0) > archive_read_header_position(archive) else {
            throw ClusterRunnerError(
                .invalidArgument,
                "The archive \"\(path)\" cannot be read: it ends without the end marker."
            )
        }
    }

    private func unreadable() -> ClusterRunnerError {
        .library(archive, .invalidArgument, "The archive \"\(path)\" cannot be read")
    }
}
