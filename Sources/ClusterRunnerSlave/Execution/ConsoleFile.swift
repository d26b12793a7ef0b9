import ClusterRunnerCore
import Foundation

/// The file that an atom's console output was written to.
///
/// Read by plain system calls: there is one for every atom.
enum ConsoleFile {
    /// Console output up to this many bytes travels inside the report; more goes to a file beside the artifacts.
    static let inlineLimit = 16 << 10

    /// The last bytes of a file, as many as travel inside a report; none when it cannot be read.
    static func end(at path: String) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        let size = Int(lseek(descriptor, 0, SEEK_END))
        let begin = max(0, size - inlineLimit)
        guard size > 0, lseek(descriptor, off_t(begin), SEEK_SET) >= 0 else { return [] }
        return (try? read(size - begin, from: descriptor, path)) ?? []
    }

    /// The bytes of a file, or nil when there are more than `limit`.
    static func bytes(at path: String, upTo limit: Int) throws -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        let size = lseek(descriptor, 0, SEEK_END)
        guard size >= 0, lseek(descriptor, 0, SEEK_SET) == 0 else { throw failure(path) }
        guard size <= limit else { return nil }
        return try read(size, from: descriptor, path)
    }

    private static func read(_ size: Int, from descriptor: Int32, _ path: String) throws -> [UInt8] {
        guard size > 0 else { return [] }
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            while count < size {
                let more = Foundation.read(descriptor, buffer.baseAddress.map { $0 + count }, size - count)
                if more < 0, errno == EINTR { continue }
                failed = more < 0
                guard more > 0 else { return }
                count += more
            }
        }
        guard !failed else { throw failure(path) }
        return bytes
    }

    private static func failure(_ path: String) -> ClusterRunnerError {
        ClusterRunnerError(.failed, "The console output in \(path) cannot be read: \(systemMessage(errno)).")
    }
}
