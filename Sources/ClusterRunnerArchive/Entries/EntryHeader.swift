import ClusterRunnerPlugin
import Foundation

/// What an archive says about an entry before the entry's bytes.
struct EntryHeader {
    let path: ByteString
    let kind: Kind
    /// The nine permission bits.
    let permissions: mode_t
    /// Seconds since 1970.
    ///
    /// Fractions are left out: in tar they would cost each entry another kilobyte.
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

    init(path: ByteString, kind: Kind, status: stat) {
        self.init(path: path, kind: kind, permissions: status.st_mode, modified: status.modificationTime)
    }
}

extension stat {
    var type: mode_t { st_mode & S_IFMT }

    var modificationTime: Int { st_mtim.tv_sec }
}
