import ClusterRunnerPlugin
import Foundation

/// The temporary files of one build, in a directory that only this account can enter.
struct Scratch: Sendable {
    private let directory: String

    /// Names a directory below `storage`; nothing is created before it is needed.
    init(in storage: String) {
        directory = "\(storage)/scratch/\(UUID().uuidString)"
    }

    /// Returns the path of a file or directory that does not exist yet.
    func newPath(_ name: String) throws -> String {
        do {
            try FileManager.default.createDirectory(
                atPath: directory,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw ClusterRunnerError(.failed, "The directory \"\(directory)\" could not be made.", cause: error)
        }
        return "\(directory)/\(name)-\(UUID().uuidString)"
    }

    /// Removes a file.
    func remove(_ path: String) {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Removes everything.
    func removeAll() {
        try? FileManager.default.removeItem(atPath: directory)
    }
}
