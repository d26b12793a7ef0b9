package import Foundation

/// The files below a directory with their contents, for comparing directories.
package struct FileTree: Equatable, Sendable {
    /// An item of a directory.
    package enum Entry: Equatable, Sendable {
        case directory
        /// A symbolic link with its target.
        case link(String)
        case file(Data, isExecutable: Bool)
    }

    /// The items, by their path below the directory.
    package let entries: [String: Entry]

    /// Reads a directory, without following symbolic links.
    ///
    /// Items with a name in `ignored` are left out, with all that they contain.
    package init(of directory: String, ignoring ignored: Set<String> = []) throws {
        var entries: [String: Entry] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: directory) {
            guard ignored.isDisjoint(with: path.split(separator: "/").map(String.init)) else { continue }
            entries[path] = try Self.entry(at: "\(directory)/\(path)")
        }
        self.entries = entries
    }

    /// Returns the paths at which two trees differ, sorted.
    package func differences(from other: FileTree) -> [String] {
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
