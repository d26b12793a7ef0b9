import ClusterRunnerPlugin
import Glibc

/// An open regular file for reads at any offset, closed when it is destroyed.
///
/// Opened without waiting: a named pipe would block its reader until it has a writer, and a device may have no end.
package struct RegularFile: ~Copyable {
    private let descriptor: Int32
    /// Its size when it was opened.
    package let size: Int

    /// The reason why a file cannot be read, for the end of a sentence.
    package enum Fault: Error, Equatable, CustomStringConvertible {
        /// The system refused it, with this `errno`.
        case system(Int32)
        /// The file is of another kind.
        case kind(String)

        package var description: String {
            switch self {
            case .system(let number): systemMessage(number)
            case .kind(let kind): "it is \(kind), not a regular file"
            }
        }
    }

    /// Opens a file; links are followed.
    package init(_ path: UnsafePointer<CChar>) throws(Fault) {
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let number = errno
            close(descriptor)
            throw .system(number)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .kind(Self.name(of: status.st_mode))
        }
        // Generated files of the kernel have no size. They may describe this very process: its environment, its memory.
        guard status.st_size > 0 || status.st_dev != Self.proc else {
            close(descriptor)
            throw .kind("a file of /proc")
        }
        self.descriptor = descriptor
        size = Int(status.st_size)
    }

    deinit { close(descriptor) }

    /// Reads bytes from an offset; fewer than requested only at the end.
    package func bytes(from offset: Int = 0, count: Int) throws(Fault) -> [UInt8] {
        let (bytes, failure) = readBytes(of: descriptor, at: offset, count: count)
        if let failure { throw .system(failure) }
        return bytes
    }

    /// Reads the last bytes of the file, up to a count.
    package func end(_ count: Int) throws(Fault) -> [UInt8] {
        try bytes(from: max(0, size - count), count: min(size, count))
    }

    /// The device of `/proc`; nil where it does not exist.
    private static let proc: dev_t? = {
        var status = stat()
        return stat("/proc/self", &status) == 0 ? status.st_dev : nil
    }()

    /// Returns the name of a kind of file, with its article.
    private static func name(of mode: mode_t) -> String {
        switch mode & S_IFMT {
        case S_IFDIR: "a directory"
        case S_IFIFO: "a named pipe"
        case S_IFSOCK: "a socket"
        case S_IFCHR, S_IFBLK: "a device"
        default: "something else"
        }
    }
}
