import ClusterRunnerPlugin

/// A project in a Mercurial repository.
///
/// Every machine keeps a mirror of the repository. A build gets a repository of its own with exactly one changeset
/// checked out, resolved once on the master. Slaves get it from the master or from the repository's address, depending
/// on the master's configuration.
public struct MercurialProjectType: ProjectType {
    public static let name = "mercurial"
    public static let summary = "A project in a Mercurial repository, built at one changeset."
    public static let parameters: [ProjectParameter] = [
        .jobName(required: true),
        ProjectParameter("url", required: true, help: "The repository: https, http, ssh or file, or an absolute path."),
        ProjectParameter("branch", help: "The branch to build the tip of, instead of the branch \"default\"."),
        ProjectParameter("tag", help: "The tag to build, instead of a branch."),
        ProjectParameter("hash", help: "The changeset to build, in full or abbreviated, instead of a branch."),
        ProjectParameter(
            "project_directory",
            kind: .path,
            help: "The path inside the repository of the directory that holds clusterrunner.yaml."
        ),
    ]

    let mercurial: MercurialParameters
    let surroundings: Surroundings
    let context: ProjectContext
    let scratch: Scratch
    let shelf = BundleShelf()

    public init(parameters: ProjectParameters, context: ProjectContext) throws {
        try self.init(parameters: parameters, context: context, surroundings: .current)
    }

    init(parameters: ProjectParameters, context: ProjectContext, surroundings: Surroundings) throws {
        mercurial = try MercurialParameters(parameters)
        (self.context, self.surroundings) = (context, surroundings)
        scratch = Scratch(in: Self.storage(of: context))
    }

    /// The address of the repository, without credentials.
    public var projectID: String { mercurial.url.withoutCredentials }

    public func fetch(into workspace: String) async throws -> FetchedProject {
        scratch.removeStale()
        return try await withMirror { mirror in
            let hash = try await mending(mirror, in: workspace) {
                let hash = try await locate(in: mirror)
                try await mirror.checkOut(hash, into: workspace, projectID)
                return hash
            }
            context.logger.info("Checked out \(hash) of \(projectID).")
            await shelf.offer(hash)
            return FetchedProject(
                directory: try Workspace.directory(mercurial.projectDirectory, in: workspace, projectID),
                slaveParameters: mercurial.forSlave(hash: hash, fromMaster: context.getProjectFromMaster)
            )
        }
    }

    /// Offers the earlier changeset again; it is still in the mirror.
    public func resume(with parameters: ProjectParameters) async throws {
        try await shelf.offer(parameters.required("hash"))
    }

    /// Pins the changeset that was checked out, independent of later changes of the branch.
    public static func pinned(_ parameters: ProjectParameters, to fetched: ProjectParameters) -> ProjectParameters {
        guard let hash = fetched.values["hash"] else { return parameters }
        return ProjectParameters(MercurialParameters.pinning(parameters.values, to: hash))
    }

    public func export(_ request: [UInt8]) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        let request = try BundleRequest(request)
        return try await shelf.open(for: request) {
            try await withMirror { mirror in
                try await mending(mirror, in: nil) {
                    if try await mirror.hash(startingWith: request.hash) == nil { try await mirror.add(by: supply) }
                    let file = try scratch.newPath("bundle")
                    try await mirror.bundle(request, to: file)
                    return file
                }
            }
        }.stream
    }

    public func teardown() async {
        await shelf.close()
        scratch.removeAll()
    }

    static func storage(of context: ProjectContext) -> String { "\(context.storageDirectory)/\(name)" }
}
