import CFiles
package import Glibc

/// An open directory for reading its entries.
///
/// Its owner closes it.
package struct OpenDirectory {
    private let stream: OpaquePointer
    /// The identity, to detect another directory under the same name.
    package let identity: Identity
    package let mode: mode_t
    package let owner: uid_t

    /// The device and inode number of a directory, and the mount it was reached through.
    package struct Identity: Equatable {
        let device: dev_t
        let number: ino_t
        let mount: UInt64

        /// Whether both belong to the same mount; compares the devices where the kernel does not number mounts.
        func isMountedWith(_ other: Self) -> Bool {
            mount == 0 || other.mount == 0 ? device == other.device : mount == other.mount
        }
    }

    /// Opens a directory; a symbolic link is not one.
    ///
    /// - Returns: nil, with `errno`, on failure.
    package init?(_ name: UnsafePointer<CChar>, in parent: Int32) {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
        let descriptor = openat(parent, name, flags)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        guard fstat(descriptor, &status) == 0, let stream = fdopendir(descriptor) else {
            let reason = errno
            Glibc.close(descriptor)
            errno = reason
            return nil
        }
        self.stream = stream
        mode = status.st_mode
        owner = status.st_uid
        identity = Identity(device: status.st_dev, number: status.st_ino, mount: cfiles_mount(descriptor))
    }

    package var descriptor: Int32 { dirfd(stream) }

    package func close() { closedir(stream) }

    /// Calls `body` with each entry except `.` and `..`, from the beginning; returns the `errno` that ended the walk
    /// early.
    package func forEachEntry(
        _ body: (_ name: UnsafePointer<CChar>, _ entry: UnsafeMutablePointer<dirent>) -> Void
    ) -> Int32? {
        rewinddir(stream)
        while true {
            // Only `errno` distinguishes the end of a directory from an error.
            errno = 0
            guard let entry = readdir(stream) else { return errno == 0 ? nil : errno }
            let name = FileName.start(of: entry)
            if !Self.isItselfOrAbove(name) { body(name, entry) }
        }
    }

    private static func isItselfOrAbove(_ name: UnsafePointer<CChar>) -> Bool {
        let dot = CChar(UInt8(ascii: "."))
        return name[0] == dot && (name[1] == 0 || name[1] == dot && name[2] == 0)
    }
}
