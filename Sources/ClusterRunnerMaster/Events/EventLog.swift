import ClusterRunnerCore
import Foundation

/// The file of events, one JSON object a line.
struct EventLog {
    private let path: String
    private let file: FileHandle

    /// Opens the file behind what it holds, and makes it where it is missing.
    init(path: String) throws {
        self.path = path
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        guard let file = FileHandle(forWritingAtPath: path) else {
            throw ClusterRunnerError(.failed, "Cannot write the event log \(path).")
        }
        self.file = file
        try file.seekToEnd()
    }

    /// Adds whole lines, all of them or none.
    func append(_ lines: [UInt8]) throws {
        let end = try file.offset()
        do {
            try file.write(contentsOf: Data(lines))
        } catch {
            // What cannot be shortened either is no plain file.
            try? file.truncate(atOffset: end)
            throw ClusterRunnerError("Cannot write the event log \(path)", because: error)
        }
    }
}
