public import Foundation

/// The files below a directory with their contents, to compare one directory with another.
public struct FileTree: Equatable, Sendable {
    /// One thing in a directory.
    public enum Entry: Equatable, Sendable {
        case directory
        /// A symbolic link and what it says.
        case link(String)
        case file(Data, isExecutable: Bool)
    }

    /// What there is, by the path below the directory.
    public let entries: [String: Entry]

    /// Reads a directory, without following symbolic links.
    ///
    /// Whatever has one of the names in `ignored` is left out with all it contains.
    public init(of directory: String, ignoring ignored: Set<String> = []) throws {
        var entries: [String: Entry] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: directory) {
            guard ignored.isDisjoint(with: path.split(separator: "/").map(String.init)) else { continue }
            entries[path] = try Self.entry(at: "\(directory)/\(path)")
        }
        self.entries = entries
    }

    /// The paths at which two trees differ, sorted.
    public func differences(from other: FileTree) -> [String] {
        Set(entries.keys).union(other.entries.keys).filter { entries[$0] != other.entries[$0] }.sorted()
    }

    private static func entry(at path: String) throws -> Entry {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        switch attributes[.type] as? FileAttributeType {
        case .typeDirectory?:
            return .directory
        case .typeSymbolicLink?:
            return .link(try FileManager.default.destinationOfSymbolicLink(atPath: path))
        default:
            let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
            return .file(try Data(contentsOf: URL(filePath: path)), isExecutable: mode & 0o100 != 0)
        }
    }
}
