public import ClusterRunnerPlugin
import Foundation

/// A project in a git repository.
///
/// Every machine keeps a bare mirror of the repository. A build gets a workspace of its own with exactly one commit,
/// resolved once on the master, so that builds of one repository do not disturb each other and a moving branch changes
/// nothing. Slaves take the commit from the master or from the remote, depending on the master's configuration.
public struct GitProjectType: ProjectType {
    public static let name = "git"
    public static let reusesWorkspaces = true
    public static let summary = "A project in a git repository, built at one commit."
    public static let parameters: [ProjectParameter] = [
        .jobName(required: true),
        ProjectParameter(
            "url",
            required: true,
            help: "The repository: http, https, ssh, git or file, \"user@host:path\", or an absolute path."
        ),
        ProjectParameter("remote", default: "origin", help: "The name of the remote in the workspace."),
        ProjectParameter("branch", help: "The branch to build, instead of the remote's default branch."),
        ProjectParameter("hash", help: "The commit to build, in full or abbreviated, instead of the branch's newest."),
        ProjectParameter(
            "project_directory",
            help: "The path inside the repository of the directory that holds clusterrunner.yaml."
        ),
    ]

    let git: GitParameters
    let surroundings: GitSurroundings
    let context: ProjectContext
    let thread = GitThread(label: "fetch")
    private let exported: ProjectExport

    public init(parameters: ProjectParameters, context: ProjectContext) throws {
        try self.init(parameters: parameters, context: context, surroundings: .current)
    }

    init(parameters: ProjectParameters, context: ProjectContext, surroundings: GitSurroundings) throws {
        git = try GitParameters(parameters)
        self.context = context
        self.surroundings = surroundings
        exported = ProjectExport(directory: Self.directory(in: context))
    }

    /// The address of the repository, without credentials.
    public var projectID: String { git.url.withoutCredentials }

    public func fetch(into workspace: String) async throws -> FetchedProject {
        do {
            return try await fetchProject(into: workspace)
        } catch let failure where !(failure is ClusterRunnerError || failure is CancellationError) {
            let reason = (failure as? GitFailure)?.message ?? failure.localizedDescription.asClause
            throw ClusterRunnerError(.failed, "Fetching \(projectID) failed: \(reason).", cause: failure)
        }
    }

    private func fetchProject(into workspace: String) async throws -> FetchedProject {
        let checkouts: [Checkout]
        var notes: [String] = []
        switch (context.role, git.checkouts) {
        case (.slave(let master), let named?) where !git.isFromRemote:
            checkouts = try await fetch(named, from: master, into: workspace)
        default:
            (checkouts, notes) = try await fetchFromRemote(into: workspace)
        }
        exported.offer(checkouts)
        return FetchedProject(
            directory: try projectDirectory(in: workspace),
            slaveParameters: git.forSlave(checkouts: checkouts, fromMaster: context.getProjectFromMaster),
            notes: notes
        )
    }

    /// Offers the earlier checkouts again; their commits are still in the mirrors.
    public func resume(with parameters: ProjectParameters) async throws {
        exported.offer(try GitParameters(parameters).checkouts ?? [])
    }

    /// Pins the commit that was checked out, independent of later changes of the branch.
    public static func pinned(_ parameters: ProjectParameters, to fetched: ProjectParameters) -> ProjectParameters {
        guard let hash = fetched.values["hash"] else { return parameters }
        return ProjectParameters(parameters.values.merging(["hash": hash]) { $1 })
    }

    public func export(_ request: [UInt8]) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        try await exported.answer(
            ExportRequest(request),
            fetchAnew: fetchAnew,
            fetchContents: { checkout in
                if let contents = try await contents(of: checkout) {
                    _ = try await fetch(contents, of: owned(checkout))
                }
            }
        )
    }

    public func teardown() async {
        exported.close()
    }

    /// The directory of the mirrors.
    var directory: String { Self.directory(in: context) }

    private static func directory(in context: ProjectContext) -> String { "\(context.storageDirectory)/\(name)" }

    /// Returns the project's directory, if the commit has it and it does not lead out of the workspace.
    private func projectDirectory(in workspace: String) throws -> String {
        guard !git.projectDirectory.isEmpty else { return workspace }
        let path = "\(workspace)/\(git.projectDirectory)"
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue else {
            throw ClusterRunnerError(
                .failed,
                "The repository \(projectID) has no directory \"\(git.projectDirectory)\" at this commit."
            )
        }
        let root = URL(filePath: workspace).resolvingSymlinksInPath().path(percentEncoded: false)
        let resolved = URL(filePath: path).resolvingSymlinksInPath().path(percentEncoded: false)
        guard resolved.hasPrefix(root.hasSuffix("/") ? root : root + "/") else {
            throw ClusterRunnerError(
                .failed,
                "The directory \"\(git.projectDirectory)\" of \(projectID) is a link that leads out of the repository."
            )
        }
        return path
    }
}
