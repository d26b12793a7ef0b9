public import ClusterRunnerCore
import Foundation

/// A project that already lies in a directory of every machine that runs it.
///
/// Nothing is copied: commands run in the directory itself. It fits tests, the laptop, and clusters with a shared
/// file system.
public struct DirectoryProjectType: ProjectType {
    public static let name = "directory"
    public static let summary = "A project that already lies in a directory, used as it is."
    public static let parameters: [ProjectParameter] = [
        .jobName(required: false),
        ProjectParameter(
            "project_directory",
            required: true,
            help: "The absolute path of the directory that holds clusterrunner.yaml."
        ),
    ]

    /// The absolute path of the project, with symbolic links resolved where it exists.
    public let projectID: String

    private let parameters: ProjectParameters

    public init(parameters: ProjectParameters, context: ProjectContext) throws {
        let given = try parameters.required("project_directory")
        let expanded = NSString(string: given).expandingTildeInPath
        guard expanded.hasPrefix("/"), !expanded.contains("\0") else {
            throw ClusterRunnerError(
                .invalidArgument,
                "\"project_directory\" must be an absolute path, not \"\(given)\"."
            )
        }
        projectID =
            URL(filePath: expanded).resolvingSymlinksInPath().path(percentEncoded: false)
            .droppingTrailingSlash
        self.parameters = parameters
    }

    public func fetch(into workspace: String) async throws -> FetchedProject {
        // It may lie on a file system of another machine, which does not answer.
        let silence = ClusterRunnerError(.failed, "The project directory \"\(projectID)\" did not answer within 60 s.")
        try await blocking(within: .seconds(60), orThrow: silence) { [projectID] _ in
            var isDirectory: ObjCBool = false
            guard FileManager.default.fileExists(atPath: projectID, isDirectory: &isDirectory) else {
                throw ClusterRunnerError(.failed, "The project directory \"\(projectID)\" does not exist.")
            }
            guard isDirectory.boolValue else {
                throw ClusterRunnerError(.failed, "The project directory \"\(projectID)\" is not a directory.")
            }
        }
        return FetchedProject(directory: projectID, slaveParameters: parameters)
    }
}

extension String {
    /// The path without the slash that a URL puts behind a directory; the root keeps its own.
    fileprivate var droppingTrailingSlash: String { count > 1 && hasSuffix("/") ? String(dropLast()) : self }
}
