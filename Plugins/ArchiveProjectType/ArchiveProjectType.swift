import ClusterRunnerConcurrency
import ClusterRunnerFiles
public import ClusterRunnerPlugin
import Foundation

/// A project from an archive, or from a folder that is uploaded as it is.
///
/// Files are named by their hashes on every machine, so that only what is missing is sent: to the master by who
/// requests the build, to slaves by the master. Each build gets copies in a workspace of its own.
public struct ArchiveProjectType: UploadingProjectType {
    public static let name = "archive"
    public static let summary =
        "A project in a tar or zip file, or a folder of this machine as it is, which is uploaded."
    public static let parameters: [ProjectParameter] = [
        .jobName(required: false),
        ProjectParameter(
            "path",
            kind: .localPath,
            help: "The folder or archive of this machine to upload; what git ignores stays here."
        ),
        ProjectParameter("no_ignore", kind: .flag, help: "Upload what git ignores, too."),
        ProjectParameter(
            "url",
            help: "The archive to download: tar, tar.gz, tar.xz or zip at an http, https or file URL."
        ),
        ProjectParameter("digest", help: "The SHA-256 of the archive at the URL, which is checked."),
        ProjectParameter(
            "project_directory",
            kind: .path,
            help: "The path inside the files of the directory that holds clusterrunner.yaml."
        ),
        ProjectParameter("tree", help: "The digest of files that were uploaded before."),
        ProjectParameter(
            "base_commit",
            help: "The commit that uploaded files are based on, for those who look at the build."
        ),
        ProjectParameter(
            "project",
            help: "The name by which durations of earlier builds are found, instead of the place."
        ),
    ]

    let archive: ArchiveParameters
    let context: ProjectContext
    let store: ContentStore
    /// The tree of this build, once it is fetched.
    private let exported = SharedTree()

    public init(parameters: ProjectParameters, context: ProjectContext) throws {
        archive = try ArchiveParameters(parameters)
        store = ContentStore(below: context.storageDirectory)
        self.context = context
    }

    /// The name of the project, or the address of its archive.
    public var projectID: String { archive.project }

    public func fetch(into workspace: String) async throws -> FetchedProject {
        let digest: ContentHash
        let tree: ProjectTree
        var notes: [String] = []
        switch context.role {
        case .slave(let master): (digest, tree) = try await receive(from: master, into: workspace)
        case .master:
            (digest, tree, notes) = try await treeOnMaster()
            try await write(tree, into: workspace)
        }
        exported.tree = tree
        return FetchedProject(
            directory: try directory(in: workspace),
            slaveParameters: archive.forSlave(digest),
            notes: notes
        )
    }

    public func resume(with parameters: ProjectParameters) async throws {
        let digest = try ArchiveParameters(parameters).tree
        exported.tree = try await FileWork.run("Reading the files of the project") { [store] _ in
            try digest.flatMap { try store.tree($0) }
        }
    }

    /// Pins the files, whatever is at the URL later.
    public static func pinned(_ parameters: ProjectParameters, to fetched: ProjectParameters) -> ProjectParameters {
        guard let tree = fetched.values["tree"] else { return parameters }
        return ProjectParameters(parameters.values.merging(["tree": tree]) { $1 })
    }

    public func export(_ request: [UInt8]) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        guard let tree = exported.tree else {
            throw ClusterRunnerError(.invalidState, "The files of this build are not on the master any more.")
        }
        return try TreeExport(store: store, tree: tree, pieces: exported.pieces).answer(TreeRequest(request))
    }

    public func teardown() async {
        exported.tree = nil
        // What is not removed now is removed by the next build.
        try? await FileWork.run("Removing old files") { [store] check in try store.collect(now: time(nil), check: check)
        }
    }

    private func directory(in workspace: String) throws -> ByteString {
        let path = ByteString(workspace).appending(archive.directory)
        guard !archive.directory.isEmpty else { return ByteString(workspace) }
        guard let real = realpath(path.cString, nil), let root = realpath(workspace, nil) else {
            throw ClusterRunnerError(.failed, "The project \(projectID) has no directory \"\(archive.directory)\".")
        }
        defer {
            free(real)
            free(root)
        }
        guard ByteString(cString: real).bytes.starts(with: ByteString(cString: root).bytes + [UInt8(ascii: "/")]),
            FileStatus(path: path)?.kind == .directory
        else {
            throw ClusterRunnerError(
                .failed,
                "\"\(archive.directory)\" of the project \(projectID) is no directory in it."
            )
        }
        return path
    }
}

/// The tree of a build, for slaves that ask.
private final class SharedTree: Sendable {
    private let state = Lock<(tree: ProjectTree, pieces: [ContentHash: Int])?>(nil)

    /// The tree, once it is known.
    var tree: ProjectTree? {
        get { state.withLock { $0?.tree } }
        set {
            let value = newValue.map { ($0, $0.pieceSizes) }
            state.withLock { $0 = value }
        }
    }

    /// The sizes of its pieces.
    var pieces: [ContentHash: Int] { state.withLock { $0?.pieces ?? [:] } }
}
