import ClusterRunnerCore

/// The path of an archive entry, taken apart and known to stay inside the directory that the archive stands for.
struct EntryName: Equatable {
    /// The names from the directory down, without `.` and empty ones; none for the directory itself.
    let components: [RawPath]

    /// Checks a path from an archive, or for one.
    init(_ path: RawPath) throws {
        guard !path.bytes.isEmpty else { throw ClusterRunnerError.refused(path, "its path is empty") }
        guard !path.isAbsolute else { throw ClusterRunnerError.refused(path, "its path is absolute") }
        guard !path.bytes.contains(0) else { throw ClusterRunnerError.refused(path, "its path holds a zero byte") }
        components = path.components
        guard !components.contains(.parentDirectory) else {
            throw ClusterRunnerError.refused(path, "it leads outside the directory")
        }
    }

    /// The path, as short as it can be written.
    var path: RawPath { RawPath(components.map(\.bytes).joined(separator: [UInt8(ascii: "/")])) }

    /// The entry's own name and those of the directories above it, or nil for the directory itself.
    var split: (parents: ArraySlice<RawPath>, last: RawPath)? {
        components.last.map { (components.dropLast(), $0) }
    }

    /// Checks that a symbolic link with this name and that target leads to something inside the directory, whatever
    /// other links the archive makes.
    ///
    /// `..` may only stand at the beginning of the target, where it climbs from real directories. After a name it
    /// would climb from wherever that name leads if it is a link itself, and a chain of links that each look harmless
    /// could leave the directory.
    func checkTarget(_ target: RawPath) throws {
        guard !target.bytes.isEmpty else { throw ClusterRunnerError.refused(path, "its target is empty") }
        guard !target.isAbsolute else {
            throw ClusterRunnerError.refused(path, "its target \"\(target)\" is an absolute path")
        }
        let steps = target.components
        let climbs = steps.prefix { $0 == .parentDirectory }.count
        guard climbs < components.count else {
            throw ClusterRunnerError.refused(path, "its target \"\(target)\" leads outside the directory")
        }
        guard !steps.dropFirst(climbs).contains(.parentDirectory) else {
            throw ClusterRunnerError.refused(path, "its target \"\(target)\" has \"..\" after a name")
        }
    }
}

extension RawPath {
    static let parentDirectory = RawPath("..")

    fileprivate var isAbsolute: Bool { bytes.first == UInt8(ascii: "/") }

    fileprivate var components: [RawPath] {
        bytes.split(separator: UInt8(ascii: "/")).map { RawPath($0) }.filter { $0 != RawPath(".") }
    }
}
