import ClusterRunnerPlugin
import Foundation

/// The temporary files of one build, in a directory that only this account can enter.
struct Scratch: Sendable {
    private let parent: String
    private let directory: String

    /// Names a directory below `storage`; nothing is created before it is needed.
    init(in storage: String) {
        parent = "\(storage)/scratch"
        directory = "\(parent)/\(UUID().uuidString)"
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

    /// Removes what services left that were killed more than a week ago.
    func removeStale(now: Date = .now) {
        let week = 7 * 24 * 3_600.0
        for name in (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? [] {
            let attributes = try? FileManager.default.attributesOfItem(atPath: "\(parent)/\(name)")
            guard let date = attributes?[.modificationDate] as? Date, date < now - week else { continue }
            try? FileManager.default.removeItem(atPath: "\(parent)/\(name)")
        }
    }
}
