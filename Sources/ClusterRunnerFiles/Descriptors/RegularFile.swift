import ClusterRunnerPlugin
import Glibc

/// An open regular file for reads at any offset, closed when it is destroyed.
///
/// Opened without waiting: a named pipe would block its reader until it has a writer, and a device may have no end.
package struct RegularFile: ~Copyable {
    private let file: OpenFile
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
        let file = try Self.reading { () throws(SystemFault) in try OpenFile(path, O_RDONLY | O_NONBLOCK | O_NOCTTY) }
        let status = try Self.reading { () throws(SystemFault) in try file.status() }
        guard status.kind == .regular else { throw .kind(status.kind.name) }
        // Generated files of the kernel have no size. They may describe this very process: its environment, its memory.
        guard status.size > 0 || status.identity.device != Self.proc else { throw .kind("a file of /proc") }
        self.file = file
        size = status.size
    }

    /// Reads bytes from an offset; fewer than requested only at the end.
    package func bytes(from offset: Int = 0, count: Int) throws(Fault) -> [UInt8] {
        try Self.reading { () throws(SystemFault) in try file.bytes(from: offset, count: count) }
    }

    /// Reads the last bytes of the file, up to a count.
    package func end(_ count: Int) throws(Fault) -> [UInt8] {
        try bytes(from: max(0, size - count), count: min(size, count))
    }

    private static func reading<Result: ~Copyable>(
        _ body: () throws(SystemFault) -> Result
    ) throws(Fault) -> Result {
        do {
            return try body()
        } catch {
            throw .system(error.number)
        }
    }

    /// The device of `/proc`; nil where it does not exist.
    private static let proc = FileStatus(path: "/proc/self")?.identity.device
}

extension FileStatus.Kind {
    /// The name of the kind, with its article.
    fileprivate var name: String {
        switch self {
        case .regular: "a regular file"
        case .directory: "a directory"
        case .pipe: "a named pipe"
        case .socket: "a socket"
        case .device: "a device"
        case .link, .other: "something else"
        }
    }
}
