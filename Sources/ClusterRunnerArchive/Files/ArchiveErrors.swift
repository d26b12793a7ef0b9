import CArchive
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation

extension ClusterRunnerError {
    /// Makes the error of a failed operation on an archive or on the files in it.
    static func system(_ fault: SystemFault, _ operation: String) -> ClusterRunnerError {
        fault.error(operation, code: fault.number == ENOENT ? .notFound : nil)
    }

    /// Runs system calls of one operation, whose failure becomes such an error.
    static func explaining<Result: ~Copyable>(
        _ operation: @autoclosure () -> String,
        _ body: () throws(SystemFault) -> Result
    ) throws -> Result {
        do {
            return try body()
        } catch {
            throw system(error, operation())
        }
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
