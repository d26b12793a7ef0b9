import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation

/// The header of an entry, which precedes its bytes.
struct EntryHeader {
    let path: ByteString
    let kind: Kind
    /// The nine permission bits.
    let permissions: mode_t
    /// Modification time in seconds since 1970.
    ///
    /// Without fractions, which would cost each entry of a tar another kilobyte.
    let modified: Int

    enum Kind {
        case file(size: Int)
        case directory
        case symbolicLink(target: ByteString)
    }

    init(path: ByteString, kind: Kind, permissions: mode_t, modified: Int) {
        self.path = path
        self.kind = kind
        self.permissions = permissions & 0o777
        self.modified = modified
    }

    init(path: ByteString, kind: Kind, status: FileStatus) {
        self.init(path: path, kind: kind, permissions: status.permissions, modified: status.modified.seconds)
    }
}
