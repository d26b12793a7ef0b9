package import ClusterRunnerPlugin
import Glibc

/// The program that runs containers on this machine.
package struct ContainerEngine: Sendable, Equatable {
    /// A kind of engine, in the order of preference.
    package enum Kind: String, Sendable, CaseIterable {
        /// Its containers are descendants of the process that runs them.
        case podman
        /// Its containers are those of a daemon.
        case docker
    }

    /// The kind, which decides on its options.
    package let kind: Kind
    /// The absolute path of the program.
    package let path: String

    /// Creates an engine.
    package init(kind: Kind, path: String) {
        self.kind = kind
        self.path = path
    }

    /// The folders that are searched where an environment has no `PATH`.
    private static let usualPath: ByteString = "/usr/local/bin:/usr/bin:/bin"

    /// Finds podman, or docker where podman is missing, on the `PATH` of an environment.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/failed`` that names both and the key of the job.
    package static func find(in environment: [ByteString: ByteString]) throws -> Self {
        let path = environment["PATH"] ?? usualPath
        let folders = path.bytes.split(separator: UInt8(ascii: ":")).compactMap { ByteString($0).text }
        for kind in Kind.allCases {
            let programs = folders.lazy.filter { $0.hasPrefix("/") }.map { "\($0)/\(kind.rawValue)" }
            if let program = programs.first(where: isProgram) { return Self(kind: kind, path: program) }
        }
        throw ClusterRunnerError(
            .failed,
            "The job has the key \"container\", but this machine has neither podman nor docker on its PATH, which is "
                + "\"\(path)\". Install one of them, or remove the key from the job."
        )
    }

    private static func isProgram(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }
}

extension ContainerEngine {
    /// The script that succeeds if the machine has an image.
    func existence(of image: String) -> String {
        let words =
            switch kind {
            case .podman: [path, "image", "exists", image]
            case .docker: [path, "image", "inspect", image]
            }
        return "exec \(ShellWords.quoted(words))"
    }

    /// The script that fetches an image.
    func pull(_ image: String) -> String { "exec \(ShellWords.quoted([path, "pull", image]))" }

    /// The script that ends and removes a container; one that does not exist is no error of podman.
    func removal(of name: String) -> String {
        let options =
            switch kind {
            case .podman: ["--force", "--ignore"]
            case .docker: ["--force"]
            }
        return "exec \(ShellWords.quoted([path, "rm"] + options + [name]))"
    }
}
