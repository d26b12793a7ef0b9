import ClusterRunnerFiles
import ClusterRunnerPlugin
import Glibc

/// An executable that implements a project type.
package struct ProjectProgram: Sendable, Equatable {
    /// The name of the project type, by the name of the file.
    package let name: String
    /// The absolute path of the executable.
    package let path: String

    /// Creates a program.
    package init(name: String, path: String) {
        self.name = name
        self.path = path
    }

    /// The identity of the file at one time; another content has another one.
    struct Identity: Sendable, Equatable {
        let text: String

        /// Looks at a file; nil when that fails.
        init?(path: String) {
            guard let status = FileStatus(path: path) else { return nil }
            let modified = "\(status.modified.seconds).\(status.modified.nanoseconds)"
            text = "\(status.identity.device):\(status.identity.number):\(status.size):\(modified)"
        }
    }

    /// A sentence's beginning that names the program.
    var title: String { "The project type \"\(name)\" (\(path))" }
}

extension ProjectProgram {
    /// Creates the program in a file.
    ///
    /// - Throws: ``ClusterRunnerError`` when the file's name is no name of a type, or the file cannot be run.
    package init(file path: String) throws {
        let file = path.split(separator: "/").last.map(String.init) ?? ""
        let name = ProgramSearch.name(
            ofFile: file.hasPrefix(ProgramSearch.prefix) ? String(file.dropFirst(ProgramSearch.prefix.count)) : file
        )
        guard ProgramSearch.isTypeName(name) else {
            throw ClusterRunnerError(
                .invalidArgument,
                "The file name \"\(file)\" is no name of a project type: lower-case letters, digits and underscores."
            )
        }
        guard FileStatus(path: path)?.kind == .regular else {
            throw ClusterRunnerError(.notFound, "There is no file \(path).")
        }
        guard access(path, X_OK) == 0 else {
            throw ClusterRunnerError(.invalidArgument, "\(path) is not executable. Run: chmod +x \(path)")
        }
        self.init(name: name, path: path)
    }
}
