import CArchive
import ClusterRunnerPlugin
import Foundation

/// The header of an entry in an archive that is being read; its values are untrusted.
struct ExtractedEntry {
    let path: ByteString
    let kind: Kind
    let permissions: mode_t
    let modified: timespec?
    /// The announced size; 0 without one.
    let size: Int

    enum Kind: Equatable {
        case file
        case directory
        case symbolicLink(target: ByteString)
        case hardLink(target: ByteString)
        /// A device, fifo or socket.
        case special
    }

    init(_ entry: OpaquePointer, path: ByteString) {
        self.path = path
        kind = Kind(entry)
        permissions = archive_entry_perm(entry)
        size = Int(archive_entry_size(entry))
        let seconds = archive_entry_mtime_is_set(entry) == 0 ? nil : archive_entry_mtime(entry)
        modified = seconds.map { timespec(tv_sec: $0, tv_nsec: archive_entry_mtime_nsec(entry)) }
    }
}

extension ExtractedEntry.Kind {
    fileprivate init(_ entry: OpaquePointer) {
        if let target = archive_entry_hardlink(entry) {
            self = .hardLink(target: ByteString(cString: target))
            return
        }
        switch archive_entry_filetype(entry) {
        case S_IFREG: self = .file
        case S_IFDIR: self = .directory
        case S_IFLNK:
            self = .symbolicLink(target: archive_entry_symlink(entry).map { ByteString(cString: $0) } ?? ByteString(""))
        default: self = .special
        }
    }
}
