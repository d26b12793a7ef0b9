import CArchive
import Foundation
import Testing

/// An entry that no honest writer makes, without any checks.
struct HostileEntry {
    var path: String
    var type: mode_t = S_IFREG
    var permissions: mode_t = 0o644
    var content: [UInt8] = []
    var symbolicLink: String?
    var hardLink: String?

    static func file(_ path: String, _ content: String = "content", permissions: mode_t = 0o644) -> Self {
        Self(path: path, permissions: permissions, content: Array(content.utf8))
    }

    static func directory(_ path: String, permissions: mode_t = 0o755) -> Self {
        Self(path: path, type: S_IFDIR, permissions: permissions)
    }

    static func link(_ path: String, to target: String) -> Self {
        Self(path: path, type: S_IFLNK, permissions: 0o777, symbolicLink: target)
    }

    static func hardLink(_ path: String, to target: String) -> Self {
        Self(path: path, hardLink: target)
    }

    static func special(_ path: String, _ type: mode_t) -> Self {
        Self(path: path, type: type)
    }
}

enum HostileFormat {
    case tar
    case tarGzip
    case zip
}

/// Writes an archive directly with libarchive.
func makeHostileArchive(_ entries: [HostileEntry], as format: HostileFormat = .tar, at path: String) throws {
    let archive = try #require(archive_write_new())
    defer { archive_write_free(archive) }
    switch format {
    case .tar: archive_write_set_format_pax_restricted(archive)
    case .zip: archive_write_set_format_zip(archive)
    case .tarGzip:
        archive_write_set_format_pax_restricted(archive)
        archive_write_add_filter_gzip(archive)
    }
    try #require(archive_write_open_filename(archive, path) == ARCHIVE_OK)
    for entry in entries { try write(entry, to: archive) }
    try #require(archive_write_close(archive) == ARCHIVE_OK)
}

private func write(_ entry: HostileEntry, to archive: OpaquePointer) throws {
    let header = try #require(archive_entry_new())
    defer { archive_entry_free(header) }
    archive_entry_copy_pathname(header, entry.path)
    archive_entry_set_filetype(header, entry.type)
    archive_entry_set_perm(header, entry.permissions)
    archive_entry_set_size(header, Int64(entry.content.count))
    if let target = entry.symbolicLink { archive_entry_copy_symlink(header, target) }
    if let target = entry.hardLink { archive_entry_copy_hardlink(header, target) }
    try #require(archive_write_header(archive, header) == ARCHIVE_OK)
    try #require(archive_write_data(archive, entry.content, entry.content.count) == entry.content.count)
}
