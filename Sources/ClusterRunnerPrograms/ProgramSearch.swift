import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// The search for project programs: files of the project type directory, and `clusterrunner-project-NAME` on the PATH.
struct ProgramSearch {
    /// The programs that can be asked.
    private(set) var programs: [ProjectProgram] = []
    /// The types whose programs cannot be used, with the reason.
    private(set) var unusable: [UnavailableProjectType] = []

    static let prefix = "clusterrunner-project-"

    /// Searches a directory, which need not exist, and the directories of a PATH.
    init(directory: String, path: String) {
        var found: [String: [String]] = [:]
        for file in DirectoryListing.texts(in: directory) {
            let name = Self.name(ofFile: file)
            guard Self.isTypeName(name), FileStatus(path: "\(directory)/\(file)")?.kind == .regular else { continue }
            found[name, default: []].append("\(directory)/\(file)")
        }
        var onPath: [String: String] = [:]
        // An empty or relative part would make the types depend on the current directory.
        for folder in path.split(separator: ":").map(String.init) where folder.hasPrefix("/") {
            for file in DirectoryListing.texts(in: folder) where file.hasPrefix(Self.prefix) {
                let name = Self.name(ofFile: String(file.dropFirst(Self.prefix.count)))
                let path = "\(folder)/\(file)"
                let isUsable = FileStatus(path: path)?.kind == .regular && access(path, X_OK) == 0
                // As for every command, the first one on the PATH counts, and files without the bit are no commands.
                if Self.isTypeName(name), isUsable, onPath[name] == nil { onPath[name] = path }
            }
        }
        for (name, path) in onPath where !(found[name] ?? []).contains(where: { Self.isSame($0, path) }) {
            found[name, default: []].append(path)
        }
        for (name, paths) in found.sorted(by: { $0.key < $1.key }) { add(name, paths) }
    }

    private mutating func add(_ name: String, _ paths: [String]) {
        if paths.count > 1 {
            let list = paths.joined(separator: " and ")
            let reason = "Two executables implement \"\(name)\": \(list). Remove one of them."
            unusable.append(.init(name: name, reason: reason))
        } else if access(paths[0], X_OK) != 0 {
            unusable.append(.init(name: name, reason: "\(paths[0]) is not executable. Run: chmod +x \(paths[0])"))
        } else {
            programs.append(ProjectProgram(name: name, path: paths[0]))
        }
    }

    private static func isSame(_ one: String, _ other: String) -> Bool {
        guard let identity = FileStatus(path: one)?.identity else { return false }
        return identity == FileStatus(path: other)?.identity
    }

    /// Returns the name of the type that a file implements: its own without an extension, such as `pypi` for `pypi.py`.
    static func name(ofFile file: String) -> String {
        String(file.prefix { $0 != "." }).replacing("-", with: "_")
    }

    static func isTypeName(_ name: String) -> Bool {
        name.wholeMatch(of: /[a-z][a-z0-9]*(_[a-z0-9]+)*/) != nil
    }
}
