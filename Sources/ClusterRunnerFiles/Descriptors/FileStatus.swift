package import ClusterRunnerPlugin
import Glibc

/// The status of a file: kind, size, permissions, owner, identity and time of modification.
///
/// A structure of our own: which module the system's `stat` belongs to depends on the order in which the compiler reads
/// imports, so that other modules cannot name its members reliably.
package struct FileStatus: Sendable, Equatable {
    package let kind: Kind
    /// The permission bits, without those of the kind.
    package let permissions: UInt32
    package let owner: UInt32
    package let group: UInt32
    package let size: Int
    package let identity: Identity
    package let modified: Time

    /// The kinds of files that are distinguished.
    package enum Kind: Sendable, Equatable {
        case regular, directory, link, pipe, socket, device, other
    }

    /// The identity of a file, different from that of every other file.
    package struct Identity: Sendable, Equatable {
        package let device: UInt64
        /// The number of its inode.
        package let number: UInt64
    }

    /// A time since 1970.
    package struct Time: Sendable, Equatable {
        package let seconds: Int
        package let nanoseconds: Int
    }

    /// Creates a status from its parts.
    package init(
        kind: Kind,
        permissions: UInt32,
        owner: UInt32,
        group: UInt32,
        size: Int = 0,
        identity: Identity = Identity(device: 0, number: 0),
        modified: Time = Time(seconds: 0, nanoseconds: 0)
    ) {
        self.kind = kind
        self.permissions = permissions
        self.owner = owner
        self.group = group
        self.size = size
        self.identity = identity
        self.modified = modified
    }

    /// Reads the status of an open file; nil, with `errno`, on failure.
    init?(descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Reads the status of the file at a path; nil, with `errno`, on failure.
    package init?(path: String, followingLinks: Bool = true) {
        self.init(path, in: AT_FDCWD, followingLinks: followingLinks)
    }

    /// Reads the status of the file at a path that need not be UTF-8; nil, with `errno`, on failure.
    package init?(path: ByteString) {
        self.init(path.cString, in: AT_FDCWD, followingLinks: true)
    }

    /// Reads the status of an entry of an open directory; nil, with `errno`, on failure.
    package init?(_ name: UnsafePointer<CChar>, in directory: Int32, followingLinks: Bool = false) {
        var status = stat()
        guard fstatat(directory, name, &status, followingLinks ? 0 : AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        let kind: Kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFLNK: .link
            case S_IFIFO: .pipe
            case S_IFSOCK: .socket
            case S_IFCHR, S_IFBLK: .device
            default: .other
            }
        self.init(
            kind: kind,
            permissions: status.st_mode & 0o7777,
            owner: status.st_uid,
            group: status.st_gid,
            size: Int(status.st_size),
            identity: Identity(device: UInt64(status.st_dev), number: UInt64(status.st_ino)),
            modified: Time(seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
        )
    }
}
