import CArchive
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation

/// A writer of one archive on libarchive, whose output stays in memory until it is taken.
///
/// Its owner takes the output after each small step, so that little accumulates.
final class ArchiveWriter {
    private let archive: OpaquePointer
    private let entry: OpaquePointer
    private let format: ArchiveFormat
    private var output: [UInt8] = []

    init(_ format: ArchiveFormat) throws {
        guard let archive = archive_write_new(), let entry = archive_entry_new() else {
            throw ClusterRunnerError(.unavailable, "No memory is left to write an archive.")
        }
        self.archive = archive
        self.entry = entry
        self.format = format
        try choose(format)
        // No gathering into records of 10 KB: the output of a step leaves libarchive with that step.
        try check(archive_write_set_bytes_per_block(archive, 0))
        try check(archive_write_open2(archive, Unmanaged.passUnretained(self).toOpaque(), nil, appendOutput, nil, nil))
    }

    deinit {
        // Otherwise freeing an unfinished archive would finish it first.
        archive_write_fail(archive)
        archive_write_free(archive)
        archive_entry_free(entry)
    }

    /// The number of output bytes to be taken.
    var outputCount: Int { output.count }

    /// Takes the output since the last call.
    func takeOutput() -> [UInt8] {
        defer { output = [] }
        return output
    }

    /// Begins an entry; a file's bytes follow by `write`.
    func begin(_ header: EntryHeader) throws {
        archive_entry_clear(entry)
        archive_entry_copy_pathname(entry, header.path.cString)
        archive_entry_set_perm(entry, header.permissions)
        archive_entry_set_mtime(entry, header.modified, 0)
        switch header.kind {
        case .file(let size):
            archive_entry_set_filetype(entry, S_IFREG)
            archive_entry_set_size(entry, Int64(size))
        case .directory:
            archive_entry_set_filetype(entry, S_IFDIR)
        case .symbolicLink(let target):
            archive_entry_set_filetype(entry, S_IFLNK)
            archive_entry_copy_symlink(entry, target.cString)
        }
        try withNameLocale(of: header.path) { try check(archive_write_header(archive, entry)) }
    }

    /// Writes bytes of the entry begun last.
    func write(_ bytes: UnsafeRawBufferPointer) throws {
        guard archive_write_data(archive, bytes.baseAddress, bytes.count) == bytes.count else {
            throw ClusterRunnerError.library(archive, .failed, "The archive cannot be written")
        }
    }

    /// Writes the end of the archive.
    func finish() throws {
        try check(archive_write_close(archive))
    }

    fileprivate func append(_ bytes: UnsafeRawBufferPointer) {
        output.append(contentsOf: bytes)
    }
}

extension ArchiveWriter {
    private func choose(_ format: ArchiveFormat) throws {
        switch format {
        case .tar:
            try chooseTar()
        case .tarGzip:
            try chooseTar()
            try check(archive_write_add_filter_gzip(archive))
            try setFastest(archive_write_set_filter_option, module: "gzip")
            try check(archive_write_set_filter_option(archive, "gzip", "timestamp", nil))
        case .zip:
            try check(archive_write_set_format_zip(archive))
            try check(archive_write_zip_set_compression_deflate(archive))
            try setFastest(archive_write_set_format_option, module: "zip")
        }
    }

    /// GNU tar: the other format, pax, declares names as UTF-8, which readers normalize, and marks other names with a
    /// keyword that GNU tar does not know.
    private func chooseTar() throws {
        try check(archive_write_set_format_gnutar(archive))
    }

    /// Zip marks names as UTF-8 where that is the locale's encoding; other names must have no mark.
    private func withNameLocale(of name: ByteString, _ body: () throws -> Void) rethrows {
        guard format == .zip, name.text == nil else { return try body() }
        try withPlainNames(body)
    }

    /// Sets compression level 1.
    ///
    /// Archives are made while they are downloaded, on processors that also run the builds. For console output the usual
    /// level 6 takes three times as long to save a quarter of the bytes.
    private func setFastest(
        _ setOption: (OpaquePointer?, UnsafePointer<CChar>?, UnsafePointer<CChar>?, UnsafePointer<CChar>?) -> Int32,
        module: String
    ) throws {
        try check(setOption(archive, module, "compression-level", "1"))
    }

    private func check(_ status: Int32) throws {
        // A warning is a name that the locale cannot represent: the archive holds its bytes.
        guard status >= ARCHIVE_WARN else {
            throw ClusterRunnerError.library(archive, .failed, "The archive cannot be written")
        }
    }
}

/// Receives the output of libarchive.
private func appendOutput(
    _: OpaquePointer?,
    client: UnsafeMutableRawPointer?,
    bytes: UnsafeRawPointer?,
    count: Int
) -> Int {
    guard let client else { return -1 }
    let writer = Unmanaged<ArchiveWriter>.fromOpaque(client).takeUnretainedValue()
    writer.append(UnsafeRawBufferPointer(start: bytes, count: count))
    return count
}
