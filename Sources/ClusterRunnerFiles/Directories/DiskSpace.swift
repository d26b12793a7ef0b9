import ClusterRunnerPlugin
import Foundation

/// How much room there is on the disk of a path.
package struct DiskSpace: Sendable {
    /// The path that was asked for.
    package let path: String
    /// How many bytes this user may still write.
    package let freeBytes: Int

    /// Below that, what a command writes is likely not to fit.
    private static let fullBelow = 64 << 10

    /// Measures it.
    package init(at path: String) throws {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else {
            throw ClusterRunnerError(.failed, "The free space of \(path) cannot be told: \(systemMessage(errno)).")
        }
        self.init(path: path, freeBytes: Int(status.f_bavail) * Int(status.f_frsize))
    }

    package init(path: String, freeBytes: Int) {
        self.path = path
        self.freeBytes = freeBytes
    }

    /// A sentence that says that the disk is full; nil when it is not.
    ///
    /// What a command could not write, only the command knows. This is for the one who wonders why it failed, and has
    /// nothing to read, as its output had no room either.
    package var shortage: String? {
        guard freeBytes < Self.fullBelow else { return nil }
        return "\(systemMessage(ENOSPC)): \(freeBytes >> 10) KiB are free on the disk of \(path)."
    }

    /// A sentence that says that the disk of a path is full; nil when it is not, or cannot be measured.
    package static func shortage(at path: String) -> String? { (try? Self(at: path))?.shortage }
}
