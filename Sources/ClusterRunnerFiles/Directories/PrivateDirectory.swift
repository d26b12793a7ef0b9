import ClusterRunnerPlugin
import Foundation

/// Directories of a service that only its user may enter.
package enum PrivateDirectory {
    /// Creates a directory and its missing parents.
    ///
    /// Uses plain system calls: there is a directory for every atom, and Foundation makes a dozen calls for each.
    package static func create(_ path: String) throws {
        if mkdir(path, 0o700) == 0 { return }
        switch errno {
        case ENOENT:
            let parent = path.lastIndex(of: "/").map { String(path[..<$0]) }
            guard let parent, !parent.isEmpty else { throw failure(path, ENOENT) }
            try create(parent)
            guard mkdir(path, 0o700) == 0 || errno == EEXIST && isDirectory(path) else { throw failure(path, errno) }
        case EEXIST where isDirectory(path):
            return
        case let number:
            throw failure(path, number)
        }
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func failure(_ path: String, _ number: Int32) -> ClusterRunnerError {
        ClusterRunnerError(.ofSystem(number), "Could not create the directory \(path): \(systemMessage(number)).")
    }
}
