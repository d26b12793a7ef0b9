import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation

/// The descriptions of project programs by the identity of their files, kept in a JSON file.
///
/// It only saves time: a file that is missing, broken or cannot be written means that programs are asked again.
final class DescriptionCache: Sendable {
    private let path: String
    /// The results of `describe` with the identity of the file, by its path.
    private let entries: Lock<[String: JSONValue]>

    init(path: String) {
        self.path = path
        entries = Lock((try? Self.read(path)) ?? [:])
    }

    private static let largest = 4 << 20

    private static func read(_ path: String) throws -> [String: JSONValue]? {
        let file = try RegularFile(path)
        return JSONParser.value(of: try file.bytes(count: min(file.size, largest)))?.object
    }

    /// Returns the description that a program gave while its file was the same.
    func members(of program: ProjectProgram) -> [String: JSONValue]? {
        guard
            let entry = entries.withLock({ $0[program.path]?.object }),
            let identity = ProjectProgram.Identity(path: program.path),
            entry["file"]?.string == identity.text
        else { return nil }
        return entry["description"]?.object
    }

    /// Keeps the description that a program gave; `identity` is that of its file before it was asked.
    func keep(_ members: [String: JSONValue], of program: ProjectProgram, _ identity: ProjectProgram.Identity) {
        let all = entries.withLock { entries in
            entries[program.path] = ["file": .string(identity.text), "description": .object(members)]
            entries = entries.filter { FileStatus(path: $0.key) != nil }
            return entries
        }
        var writer = JSONWriter()
        guard (try? writer.write(all)) != nil else { return }
        try? Data(writer.bytes).write(to: URL(filePath: path), options: .atomic)
    }
}
