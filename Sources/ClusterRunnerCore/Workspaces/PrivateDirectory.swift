import Foundation

/// Directories of a service, which only its user may enter.
package enum PrivateDirectory {
    /// Creates a directory, with those above it, where it is missing.
    package static func create(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw ClusterRunnerError("Could not create the directory \(path)", because: error)
        }
    }

    /// Removes a file or a directory with everything in it, if it is there.
    package static func removeTree(_ path: String) {
        // What cannot be removed is in nobody's way: every path is used for one build only.
        try? FileManager.default.removeItem(atPath: path)
    }
}
