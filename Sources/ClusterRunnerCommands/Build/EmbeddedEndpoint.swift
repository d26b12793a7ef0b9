import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerWire
import Foundation

/// The port and the secret of a running embedded master, in a file of its directory that only its user can read.
///
/// The file of a killed process stays; whether a master runs is told by the lock of the directory.
struct EmbeddedEndpoint: Codable, Sendable, Equatable {
    let port: Int
    let secret: [UInt8]

    private static func path(in directory: String) -> String { "\(directory)/endpoint" }

    /// Writes the file as a whole, so that readers never see a part of it.
    func write(in directory: String) throws {
        let path = Self.path(in: directory)
        Self.remove(in: directory)
        try? FileManager.default.removeItem(atPath: "\(path).new")
        try attempting("\(path) cannot be written", code: .failed) {
            let file = try OpenFile("\(path).new", O_WRONLY | O_CREAT | O_EXCL, permissions: 0o600)
            try file.writeAll(try JSONCoding.encode(self))
        }
        guard rename("\(path).new", path) == 0 else {
            throw ClusterRunnerError(.failed, "\(path) cannot be written: \(systemMessage(errno)).")
        }
    }

    /// Reads the file; nil when it is not there, or is not whole.
    static func read(in directory: String) -> EmbeddedEndpoint? {
        guard let data = FileManager.default.contents(atPath: path(in: directory)) else { return nil }
        return try? JSONCoding.decode(EmbeddedEndpoint.self, from: Array(data))
    }

    /// Removes the file, if it is there.
    static func remove(in directory: String) { try? FileManager.default.removeItem(atPath: path(in: directory)) }
}
