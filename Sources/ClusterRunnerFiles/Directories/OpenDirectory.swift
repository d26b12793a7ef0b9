import CFiles
import Glibc

/// An open directory for reading its entries, closed with its last reference.
package final class OpenDirectory {
    private let stream: OpaquePointer
    /// Whether the next entry is the first.
    private var isAtStart = true

    /// Opens a directory.
    ///
    /// - Parameters:
    ///   - name: the bytes of its path, which need not be UTF-8.
    ///   - parent: the descriptor of the directory that a relative path starts from.
    ///   - followingLinks: whether a symbolic link to a directory is one.
    /// - Throws: the fault of the system, such as `ENOTDIR` for a link that is not followed.
    package init(
        _ name: UnsafePointer<CChar>,
        in parent: Int32 = AT_FDCWD,
        followingLinks: Bool = false
    ) throws(SystemFault) {
        let flags = O_RDONLY | O_DIRECTORY | O_NONBLOCK | (followingLinks ? 0 : O_NOFOLLOW)
        let file = try OpenFile(name, flags, in: parent)
        guard let stream = fdopendir(file.descriptor) else { throw SystemFault(errno) }
        // The stream closes it.
        _ = file.relinquish()
        self.stream = stream
    }

    deinit { closedir(stream) }

    /// The descriptor, for calls that work on entries.
    package var descriptor: Int32 { dirfd(stream) }

    /// Reads the permissions, owner and identity of the directory.
    package func status() throws(SystemFault) -> FileStatus {
        guard let status = FileStatus(descriptor: descriptor) else { throw SystemFault(errno) }
        return status
    }

    /// An entry of a directory, in the memory of its reader: usable until the next one is read.
    package struct Entry: ~Copyable {
        private let record: UnsafeMutablePointer<dirent>

        fileprivate init(_ record: UnsafeMutablePointer<dirent>) {
            self.record = record
        }

        /// The name in place; the record is shorter than the C struct that describes it.
        package var cString: UnsafePointer<CChar> {
            let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0
            return UnsafeRawPointer(record).advanced(by: offset).assumingMemoryBound(to: CChar.self)
        }

        /// A copy of the name.
        package var name: FileName { FileName(cString: cString) }

        /// Whether the file system says that it is a directory; some do not say.
        package var isMarkedDirectory: Bool { record.pointee.d_type == UInt8(DT_DIR) }

        /// Whether it is `.` or `..`.
        fileprivate var isItselfOrAbove: Bool {
            let (name, dot) = (cString, CChar(UInt8(ascii: ".")))
            return name[0] == dot && (name[1] == 0 || name[1] == dot && name[2] == 0)
        }
    }

    /// Reads the next entry except `.` and `..`; nil after the last.
    package func next() throws(SystemFault) -> Entry? {
        isAtStart = false
        while true {
            // Only `errno` distinguishes the end of a directory from an error.
            errno = 0
            guard let record = readdir(stream) else {
                guard errno == 0 else { throw SystemFault(errno) }
                return nil
            }
            let entry = Entry(record)
            if !entry.isItselfOrAbove { return entry }
        }
    }

    /// Goes back to the first entry, and sees those that were added meanwhile.
    package func rewind() {
        if !isAtStart { rewinddir(stream) }
        isAtStart = true
    }

    /// Reads the names that ``next()`` has not returned.
    package func remainingNames() throws(SystemFault) -> [FileName] {
        var names: [FileName] = []
        while let entry = try next() { names.append(entry.name) }
        return names
    }
}

extension OpenDirectory {
    /// The identity of a directory, and the mount it was reached through.
    struct Identity: Equatable {
        let file: FileStatus.Identity
        let mount: UInt64

        /// Whether both belong to the same mount; compares the devices where the kernel does not number mounts.
        func isMountedWith(_ other: Self) -> Bool {
            mount == 0 || other.mount == 0 ? file.device == other.file.device : mount == other.mount
        }
    }

    /// Returns the identity, to detect another directory under the same name.
    func identity(_ status: FileStatus) -> Identity {
        Identity(file: status.identity, mount: cfiles_mount(descriptor))
    }
}
