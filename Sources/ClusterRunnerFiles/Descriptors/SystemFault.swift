package import ClusterRunnerPlugin
import Glibc

/// The failure of a system call: the reason why the system refused it.
///
/// It becomes a ``ClusterRunnerError`` where the operation and the path are known; see ``attempting(_:code:_:)``.
package struct SystemFault: Error, Hashable, CustomStringConvertible {
    /// The `errno`.
    package let number: Int32

    package init(_ number: Int32) {
        self.number = number
    }

    /// Whether it is the disk that failed, is full or became read-only, and not what the call asked for.
    package var isOfDisk: Bool {
        [EDQUOT, EIO, ENODEV, ENOSPC, ENXIO, EROFS, ESTALE].contains(number)
    }

    /// The system's text, such as "Permission denied".
    package var description: String { systemMessage(number) }

    /// Makes the error of a failed operation: the operation with its path, and the system's reason.
    ///
    /// Without a code it has that of ``ClusterRunnerError/Code/ofSystem(_:)``.
    package func error(_ operation: String, code: ClusterRunnerError.Code? = nil) -> ClusterRunnerError {
        ClusterRunnerError(code ?? .ofSystem(number), "\(operation): \(self).")
    }
}

/// Runs the system calls of one operation; their fault becomes an error that names the operation with its path.
///
/// The operation is a clause that says what failed, such as "The lock file a.lock cannot be opened". Without a code the
/// error has that of ``ClusterRunnerError/Code/ofSystem(_:)``. Errors of other types are thrown unchanged.
package func attempting<Result: ~Copyable>(
    _ operation: @autoclosure () -> String,
    code: ClusterRunnerError.Code? = nil,
    _ body: () throws -> Result
) throws -> Result {
    do {
        return try body()
    } catch let fault as SystemFault {
        throw fault.error(operation(), code: code)
    }
}
