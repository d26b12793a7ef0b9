import CArchive
import ClusterRunnerPlugin
import Foundation

extension ClusterRunnerError {
    /// Makes the error of a system call: the failed operation, and the system's reason.
    static func system(_ number: Int32, _ what: String) -> ClusterRunnerError {
        ClusterRunnerError(number == ENOENT ? .notFound : .ofSystem(number), "\(what): \(systemMessage(number)).")
    }

    /// Makes the error of a libarchive call: the failed operation, and libarchive's reason.
    static func library(_ archive: OpaquePointer, _ code: Code, _ what: String) -> ClusterRunnerError {
        let reason = archive_error_string(archive).map { String(cString: $0) } ?? "libarchive gives no reason"
        return ClusterRunnerError(code, "\(what): \(clause: reason).")
    }

    /// Makes the error of an entry that is not allowed in an archive.
    static func refused(
        _ entry: ByteString,
        _ reason: String,
        code: Code = .invalidArgument
    ) -> ClusterRunnerError {
        ClusterRunnerError(code, "The archive entry \"\(entry)\" is refused: \(clause: reason).")
    }
}
