import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerPlugin

/// Where a slave keeps its files.
struct SlaveFolders: Sendable {
    let base: String
    /// Where everything goes that is needed no more.
    let trash: Trash
    /// The account under which commands run, if it is another.
    let jobUser: JobUser?

    /// Creates no folder; `report` is told of what could not be removed.
    init(base: String, jobUser: JobUser? = nil, report: @escaping @Sendable (RemovalReport) -> Void = { _ in }) {
        self.base = base
        self.jobUser = jobUser
        trash = Trash(directory: "\(base)/trash", report: report)
    }

    /// What project types keep beyond a build, such as mirrors.
    var projects: String { "\(base)/projects" }
    private var builds: String { "\(base)/builds" }

    /// Creates the folders, and has removed what an earlier run left half done.
    func prepare() throws {
        trash.discard(builds)
        for folder in [projects, builds] { try create(folder) }
        for folder in [base, builds] { try jobUser?.pass(folder) }
        kept.discardOthers()
        trash.empty()
    }

    /// The workspaces that are kept from build to build.
    var kept: WorkspacePool { WorkspacePool(path: "\(base)/kept", trash: trash, user: jobUser) }

    /// The folder of a build; everything below it goes with the build.
    func build(_ id: Int) -> String { "\(builds)/\(id)" }

    /// Creates the folder of a build anew.
    func createBuild(_ id: Int) throws {
        trash.discard(build(id))
        try create(build(id))
        try jobUser?.pass(build(id))
    }

    /// The place where a remote file arrives before the commands' user gets it.
    func arrival(of build: Int) -> String { "\(self.build(build))/remote-file" }

    /// The workspace that the project type fills.
    func workspace(of build: Int) -> String { "\(self.build(build))/workspace" }

    /// Where the console output of an executor is written.
    func console(of build: Int, executor: Int) -> String { "\(self.build(build))/console-\(executor)" }

    /// Where the outputs of a build's own commands are written.
    func output(of build: Int, command: String) -> String { "\(self.build(build))/\(command)-output" }

    /// Where an upload is packed.
    func upload(of build: Int, name: String) -> String { "\(self.build(build))/upload-\(name).tar" }

    /// Where the artifact directories of an executor lie while it runs atoms.
    func executor(of build: Int, index: Int) -> String { "\(self.build(build))/executor-\(index)" }

    /// Where the artifact directories of a lease wait for their upload.
    func kept(of build: Int, lease: LeaseID) -> String { "\(self.build(build))/artifacts-\(lease)" }

    /// The name of an atom's artifact directory, here and in the results.
    static func artifactName(subjob: Int, atom: Int) -> String { "artifact_\(subjob)_\(atom)" }

    /// The artifact directory of an atom that waits for its upload.
    func artifacts(of build: Int, lease: LeaseID, subjob: Int, atom: Int) -> String {
        "\(kept(of: build, lease: lease))/\(Self.artifactName(subjob: subjob, atom: atom))"
    }

    func create(_ path: String) throws { try PrivateDirectory.create(path) }
}
