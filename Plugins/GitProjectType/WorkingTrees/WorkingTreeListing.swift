import ClusterRunnerPlugin
import Foundation

/// The files below a folder that the git program tracks or does not ignore.
struct WorkingTreeListing {
    private var paths: Set<ByteString> = []

    /// Asks the program; nil where it is missing or fails.
    ///
    /// - Parameters:
    ///   - folder: a folder in a working tree.
    ///   - repository: the path of a repository that takes the folder for its working tree, in place of the one around it.
    init?(of folder: ByteString, repository: String? = nil) {
        // A monitor of the file system is a program that the repository names.
        var words: [ByteString] = ["git", "-c", "core.fsmonitor=false", "-c", "safe.directory=*", "-C", folder]
        if let repository {
            words += [ByteString("--git-dir=\(repository)"), ByteString(Array("--work-tree=".utf8) + folder.bytes)]
        }
        words += ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        let limits = ChildProgram.Limits(overall: .seconds(600), output: 1 << 30)
        guard let outcome = try? ChildProgram.run([], operands: words, environment: Self.environment, limits: limits),
            outcome.end == .exited(0)
        else { return nil }
        for path in outcome.output.split(separator: 0) { add(path) }
    }

    /// Whether a file is listed, or a directory with something that is; paths are relative to the folder.
    func has(_ path: ByteString) -> Bool { paths.contains(path) }

    private mutating func add(_ path: ArraySlice<UInt8>) {
        var rest = path
        // Another repository ends in a slash.
        if rest.last == UInt8(ascii: "/") { rest = rest.dropLast() }
        while paths.insert(ByteString(rest)).inserted, let slash = rest.lastIndex(of: UInt8(ascii: "/")) {
            rest = rest[..<slash]
        }
    }

    /// The environment without the variables by which hooks of git name their own repository.
    private static var environment: [String: String] {
        let own = [
            "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX",
        ]
        return ProcessInfo.processInfo.environment.filter { !own.contains($0.key) }
    }
}
