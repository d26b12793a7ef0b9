import ClusterRunnerPlugin
import Foundation

/// A name in an open directory, by which something is looked at and opened without following a link.
struct ItemPlace {
    /// nil where the name is a whole path.
    let directory: OpenFile?
    let name: ByteString

    private var descriptor: Int32 { directory?.descriptor ?? AT_FDCWD }

    /// What stands there; nil, with `errno`, when that cannot be told.
    func status() -> stat? {
        var status = stat()
        return fstatat(descriptor, name.cString, &status, AT_SYMLINK_NOFOLLOW) == 0 ? status : nil
    }

    /// Opens it for reading; nil, with `errno`, when that fails.
    ///
    /// Without O_NONBLOCK a fifo that has taken the place of a file would hold up the caller until somebody writes.
    func open(_ flags: Int32 = 0) -> OpenFile? {
        OpenFile(openat(descriptor, name.cString, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags))
    }

    /// The target of the link that stands there; nil, with `errno`, when it cannot be read.
    func linkTarget() -> ByteString? {
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlinkat(descriptor, name.cString, &target, target.count)
        return count >= 0 ? ByteString(target.prefix(count).map { UInt8(bitPattern: $0) }) : nil
    }
}
