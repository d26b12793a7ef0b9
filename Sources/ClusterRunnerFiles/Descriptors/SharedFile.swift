/// An open file that is closed with its last reference.
///
/// For directories that several entries are opened in, and for files of several users.
package final class SharedFile: Sendable {
    /// The file.
    package let file: OpenFile

    /// Takes over a file.
    package init(_ file: consuming OpenFile) {
        self.file = file
    }

    /// Opens a file with flags as for `open(2)`; see ``OpenFile/init(_:_:permissions:in:)``.
    package init(
        _ path: UnsafePointer<CChar>,
        _ flags: Int32,
        permissions: UInt32 = 0o600,
        in directory: SharedFile? = nil
    ) throws(SystemFault) {
        file = try OpenFile(path, flags, permissions: permissions, in: directory?.descriptor)
    }

    /// The descriptor, for system calls that have no method.
    package var descriptor: Int32 { file.descriptor }
}
