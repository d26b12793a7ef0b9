package import ClusterRunnerPlugin

/// A directory of the machine that is at the same path inside of a container.
package struct ContainerMount: Sendable, Equatable {
    /// The absolute path of the directory.
    package let path: ByteString
    /// Whether commands in the container cannot change it.
    package let isReadOnly: Bool

    /// Creates a mount.
    package init(_ path: ByteString, isReadOnly: Bool = false) {
        self.path = path
        self.isReadOnly = isReadOnly
    }

    /// Returns the directories that the commands of a build need: the project with all of its workspace, and what project
    /// types keep beyond a build, such as mirrors, to which a workspace may refer.
    package static func ofBuild(_ directory: ByteString, workspace: String, storage: String?) -> [Self] {
        let workspace = ByteString(workspace)
        let isBelow = directory.standardized.names.starts(with: workspace.names)
        let kept = storage.map { [Self(ByteString($0), isReadOnly: true)] } ?? []
        return [Self(isBelow ? workspace : directory)] + kept
    }

    /// Makes the options for mounts; directories below another one need none of their own.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/failed`` that names a path that cannot be mounted.
    static func options(_ mounts: [Self]) throws -> [String] {
        let places = try mounts.map { Self(try $0.mountable(), isReadOnly: $0.isReadOnly) }
        var kept: [Self] = []
        // Parents first; of the same path the one that can be changed.
        for place in places.sorted(by: { ($0.path, $0.order) < ($1.path, $1.order) }) {
            if !kept.contains(where: { $0.covers(place) }) { kept.append(place) }
        }
        return kept.map(\.option)
    }

    private var order: Int { isReadOnly ? 1 : 0 }

    private func covers(_ other: Self) -> Bool {
        other.path.names.starts(with: path.names) && (!isReadOnly || other.isReadOnly)
    }

    /// The path, or the nearest directory above it whose path is UTF-8.
    ///
    /// Engines describe mounts in JSON, which has no other bytes. Names below a mount may have any.
    private func mountable() throws -> ByteString {
        var place = path.standardized
        while place.text == nil { place = place.parent }
        guard let text = place.text, text != "/", !text.contains("\r") else {
            throw ClusterRunnerError(
                .failed,
                "The directory \"\(path)\" cannot be mounted into a container: the path must be UTF-8, have no carriage "
                    + "return, and not be the root. Move it, or rename the folders above it."
            )
        }
        return place
    }

    /// The option for the engine: comma-separated values, in which quotes protect commas, quotes and newlines.
    private var option: String {
        let fields = ["type=bind", "src=\(path)", "dst=\(path)"] + (isReadOnly ? ["readonly"] : [])
        return "--mount=" + fields.map(Self.field).joined(separator: ",")
    }

    private static func field(_ text: String) -> String {
        guard text.contains(where: { ",\"\n".contains($0) }) else { return text }
        return "\"\(text.replacing("\"", with: "\"\""))\""
    }
}
