import ClusterRunnerPlugin
import Foundation

/// The free space on the disk of a path.
package struct DiskSpace: Sendable {
    /// The path.
    package let path: String
    /// The number of bytes that this user may still write.
    package let freeBytes: Int

    /// Threshold below which the output of a command is unlikely to fit.
    private static let fullBelow = 64 << 10

    /// Measures the free space.
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
    /// Only a command knows which of its writes failed. This sentence helps to explain its failure when its output
    /// could not be written either.
    package var shortage: String? {
        guard freeBytes < Self.fullBelow else { return nil }
        return "\(systemMessage(ENOSPC)): \(freeBytes >> 10) KiB are free on the disk of \(path)."
    }

    /// Returns the fault of the disk of a directory, by writing a small file; nil when it is written.
    ///
    /// What is wrong with the directory itself, such as its permissions, is no fault of the disk.
    package static func fault(in directory: String) -> SystemFault? {
        let path = "\(directory)/.probe-\(UUID.random().uuidString)"
        defer { unlink(path) }
        do throws(SystemFault) {
            try OpenFile(path, O_WRONLY | O_CREAT | O_EXCL).writeAll([0])
            return nil
        } catch {
            return error.isOfDisk ? error : nil
        }
    }

    /// Returns a sentence that says that the disk of a path is full; nil when it is not, or cannot be measured.
    package static func shortage(at path: String) -> String? { (try? Self(at: path))?.shortage }
}
