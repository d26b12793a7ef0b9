import ClusterRunnerConcurrency
public import ClusterRunnerPlugin
import Foundation

/// A project in a directory that exists on every machine.
///
/// Nothing is copied: commands run in the directory itself. It suits tests, a single machine, and clusters with a
/// shared file system.
public struct DirectoryProjectType: ProjectType {
    public static let name = "directory"
    public static let summary = "A project that already lies in a directory, used as it is."
    public static let parameters: [ProjectParameter] = [
        .jobName(required: false),
        ProjectParameter(
            "project_directory",
            kind: .path,
            required: true,
            help: "The absolute path of the directory that holds clusterrunner.yaml."
        ),
    ]

    /// The absolute path of the project, with symbolic links resolved where it exists.
    public let projectID: String

    private let parameters: ProjectParameters
    private let directory: ByteString

    public init(parameters: ProjectParameters, context: ProjectContext) throws {
        let given = try parameters.requiredPath("project_directory")
        let expanded = given.text.map { ByteString(NSString(string: $0).expandingTildeInPath) } ?? given
        guard expanded.bytes.first == UInt8(ascii: "/"), !expanded.bytes.contains(0) else {
            throw ClusterRunnerError(
                .invalidArgument,
                "\"project_directory\" must be an absolute path, not \"\(given)\"."
            )
        }
        directory = Self.resolved(expanded)
        projectID = directory.escaped
        self.parameters = parameters
    }

    /// Resolves the links in a path, where all of it exists.
    private static func resolved(_ path: ByteString) -> ByteString {
        if let resolved = realpath(path.bytes.map { CChar(bitPattern: $0) } + [0], nil) {
            defer { free(resolved) }
            return ByteString(UnsafeRawBufferPointer(start: resolved, count: strlen(resolved)))
        }
        guard let text = path.text else { return path }
        let url = URL(filePath: text).resolvingSymlinksInPath()
        return ByteString(url.path(percentEncoded: false).droppingTrailingSlash)
    }

    public func fetch(into workspace: String) async throws -> FetchedProject {
        // The directory may be on a network file system that does not answer.
        let silence = ClusterRunnerError(.failed, "The project directory \"\(directory)\" did not answer within 60 s.")
        try await blocking(within: .seconds(60), orThrow: silence) { [directory] _ in
            if let obstacle = PathObstacle(to: directory) {
                throw ClusterRunnerError(
                    .failed,
                    "The project directory \"\(directory)\" cannot be read: \(obstacle). Let that user enter and read "
                        + "it, or use build --upload, which sends the directory as you see it."
                )
            }
            var status = stat()
            guard stat(directory.bytes.map { CChar(bitPattern: $0) } + [0], &status) == 0 else {
                throw ClusterRunnerError(
                    .failed,
                    "The project directory \"\(directory)\" does not exist. Master and slaves need it "
                        + "under the same path; build --upload sends a directory to them instead."
                )
            }
            guard status.st_mode & S_IFMT == S_IFDIR else {
                throw ClusterRunnerError(.failed, "The project directory \"\(directory)\" is not a directory.")
            }
        }
        return FetchedProject(directory: directory, slaveParameters: parameters)
    }
}

extension String {
    /// The path without a trailing slash, as in URLs of directories; the root keeps its own.
    fileprivate var droppingTrailingSlash: String { count > 1 && hasSuffix("/") ? String(dropLast()) : self }
}
