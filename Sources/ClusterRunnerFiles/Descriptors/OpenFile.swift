import Glibc
import SystemPackage

/// An open file, closed at the end of its life.
///
/// Commands do not inherit its descriptor. Calls that a signal interrupts are repeated.
package struct OpenFile: ~Copyable, Sendable {
    let file: FileDescriptor

    /// Opens a file with flags as for `open(2)`; `O_CLOEXEC` is always set.
    ///
    /// - Parameters:
    ///   - path: the bytes of a path, which need not be UTF-8.
    ///   - flags: an access mode and options.
    ///   - permissions: those of a file that is created.
    ///   - directory: the descriptor of the directory that a relative path starts from; nil for that of the process.
    /// - Throws: the fault of the system.
    package init(
        _ path: UnsafePointer<CChar>,
        _ flags: Int32,
        permissions: UInt32 = 0o600,
        in directory: Int32? = nil
    ) throws(SystemFault) {
        let descriptor = try retryingInterrupts { openat(directory ?? AT_FDCWD, path, flags | O_CLOEXEC, permissions) }
        self.init(owning: descriptor)
    }

    /// Takes over a descriptor.
    package init(owning descriptor: Int32) {
        file = FileDescriptor(rawValue: descriptor)
    }

    deinit { try? file.close() }

    /// The descriptor, for system calls that have no method here.
    package var descriptor: Int32 { file.rawValue }

    /// Gives up ownership: the file and its locks stay until the caller closes the descriptor or the process ends.
    package consuming func relinquish() -> Int32 {
        let kept = file.rawValue
        discard self
        return kept
    }

    /// Reads the kind, permissions, owner, size and identity of the file.
    package func status() throws(SystemFault) -> FileStatus {
        guard let status = FileStatus(descriptor: descriptor) else { throw SystemFault(errno) }
        return status
    }

    /// Makes another descriptor of the file, above those of the standard streams.
    ///
    /// In a service that was started without standard streams, its files would get their numbers, and the redirections
    /// of a command would overwrite them.
    package static func aboveStandardStreams(copyOf descriptor: Int32) throws(SystemFault) -> OpenFile {
        OpenFile(owning: try retryingInterrupts { fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1) })
    }

    /// Opens a file like ``init(_:_:permissions:in:)``, with a descriptor above those of the standard streams.
    package static func aboveStandardStreams(
        _ path: UnsafePointer<CChar>,
        _ flags: Int32,
        permissions: UInt32 = 0o600
    ) throws(SystemFault) -> OpenFile {
        let file = try OpenFile(path, flags, permissions: permissions)
        return file.descriptor > STDERR_FILENO ? file : try aboveStandardStreams(copyOf: file.descriptor)
    }
}
