import ClusterRunnerPlugin
import Foundation

/// A name in an open directory, for examining and opening the item without following a link.
struct ItemPlace {
    /// nil where the name is a complete path.
    let directory: OpenFile?
    let name: ByteString

    private var descriptor: Int32 { directory?.descriptor ?? AT_FDCWD }

    /// Returns the status of the item; nil, with `errno`, on failure.
    func status() -> stat? {
        var status = stat()
        return fstatat(descriptor, name.cString, &status, AT_SYMLINK_NOFOLLOW) == 0 ? status : nil
    }

    /// Opens it for reading; nil, with `errno`, on failure.
    ///
    /// Without O_NONBLOCK, a fifo in the place of a file would block the caller until it has a writer.
    func open(_ flags: Int32 = 0) -> OpenFile? {
        OpenFile(openat(descriptor, name.cString, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags))
    }

    /// Returns the target of the link; nil, with `errno`, on failure.
    func linkTarget() -> ByteString? {
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlinkat(descriptor, name.cString, &target, target.count)
        return count >= 0 ? ByteString(target.prefix(count).map { UInt8(bitPattern: $0) }) : nil
    }
}
