package import ClusterRunnerPlugin
import Foundation

/// Directories of a service that only its user may enter.
package enum PrivateDirectory {
    /// Creates a directory and its missing parents.
    ///
    /// Uses plain system calls: there is a directory for every atom, and Foundation makes a dozen calls for each.
    /// `failure` makes the error of the directory that cannot be created, which may be one of the parents.
    package static func create(
        _ path: String,
        failure: (_ path: String, _ fault: SystemFault) -> ClusterRunnerError = failure
    ) throws {
        if mkdir(path, 0o700) == 0 { return }
        var fault = SystemFault(errno)
        if fault.number == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try create(String(path[..<slash]), failure: failure)
            if mkdir(path, 0o700) == 0 { return }
            fault = SystemFault(errno)
        }
        guard isDirectory(path) else { throw failure(path, fault) }
    }

    private static func isDirectory(_ path: String) -> Bool { FileStatus(path: path)?.kind == .directory }

    /// Makes the error of a directory that cannot be created.
    package static func failure(_ path: String, _ fault: SystemFault) -> ClusterRunnerError {
        fault.error("Could not create the directory \(path)")
    }
}
