import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation

/// A name in an open directory, for examining and opening the item without following a link.
struct ItemPlace {
    /// nil where the name is a complete path.
    let directory: SharedFile?
    let name: ByteString

    private var descriptor: Int32 { directory?.descriptor ?? AT_FDCWD }

    /// Returns the status of the item.
    func status() throws(SystemFault) -> FileStatus {
        guard let status = FileStatus(name.cString, in: descriptor) else { throw SystemFault(errno) }
        return status
    }

    /// Opens it for reading.
    ///
    /// Without O_NONBLOCK, a fifo in the place of a file would block the caller until it has a writer.
    func open(_ flags: Int32 = 0) throws(SystemFault) -> SharedFile {
        try SharedFile(name.cString, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | flags, in: directory)
    }

    /// Returns the target of the link.
    func linkTarget() throws(SystemFault) -> ByteString {
        var target = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = try retryingInterrupts { readlinkat(descriptor, name.cString, &target, target.count) }
        return ByteString(target.prefix(count).map { UInt8(bitPattern: $0) })
    }
}
