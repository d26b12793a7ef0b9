import ClusterRunnerPlugin
import Foundation

/// A file for writing, closed at the end of its life.
struct OutputFile: ~Copyable {
    private let path: String
    private let descriptor: Int32

    /// Creates or empties the file at a path.
    init(creating path: String) throws {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.error("create", path) }
    }

    deinit { Foundation.close(descriptor) }

    /// Appends bytes.
    func write(_ bytes: some Sequence<UInt8>) throws {
        let written = bytes.withContiguousStorageIfAvailable { writeAll(UnsafeRawBufferPointer($0)) }
        guard written ?? Array(bytes).withUnsafeBytes({ writeAll($0) }) else { throw Self.error("write", path) }
    }

    /// Makes the written bytes durable and closes the file.
    func close() throws {
        guard fdatasync(descriptor) == 0 else { throw Self.error("flush", path) }
    }

    private func writeAll(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Foundation.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0 {
                guard errno == EINTR else { return false }
                continue
            }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private static func error(_ what: String, _ path: String) -> ClusterRunnerError {
        ClusterRunnerError(.ofSystem(errno), "Could not \(what) \(path): \(systemMessage(errno)).")
    }
}

/// Removes a file if it exists.
func removeFile(_ path: String) {
    unlink(path)
}
