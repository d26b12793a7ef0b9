import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerPlugin

/// The folders of a slave.
struct SlaveFolders: Sendable {
    let base: String
    /// The trash, which gets everything that is no longer needed.
    let trash: Trash
    /// The account that runs commands, if it is not the service's own.
    let jobUser: JobUser?

    /// Describes the folders without creating them; `report` gets what could not be removed.
    init(base: String, jobUser: JobUser? = nil, report: @escaping @Sendable (RemovalReport) -> Void = { _ in }) {
        self.base = base
        self.jobUser = jobUser
        trash = Trash(directory: "\(base)/trash", report: report)
    }

    /// The data that project types keep beyond a build, such as mirrors.
    var projects: String { "\(base)/projects" }
    private var builds: String { "\(base)/builds" }

    /// Creates the folders and discards what an earlier run left half done.
    func prepare() throws {
        trash.discard(builds)
        for folder in [projects, builds] { try create(folder) }
        for folder in [base, builds] { try jobUser?.pass(folder) }
        kept.discardOthers()
        trash.empty()
    }

    /// The workspaces that are kept from build to build.
    var kept: WorkspacePool { WorkspacePool(path: "\(base)/kept", trash: trash, user: jobUser) }

    /// Returns the folder of a build, which is removed with all its contents after the build.
    func build(_ id: BuildID) -> String { "\(builds)/\(id)" }

    /// Creates an empty folder for a build.
    func createBuild(_ id: BuildID) throws {
        trash.discard(build(id))
        try create(build(id))
        try jobUser?.pass(build(id))
    }

    /// Returns the path where a remote file arrives before the commands' user gets it.
    func arrival(of build: BuildID) -> String { "\(self.build(build))/remote-file" }

    /// Returns the workspace, which the project type fills.
    func workspace(of build: BuildID) -> String { "\(self.build(build))/workspace" }

    /// Returns the path of an executor's console output.
    func console(of build: BuildID, executor: Int) -> String { "\(self.build(build))/console-\(executor)" }

    /// Returns the path of the output of a build's own command.
    func output(of build: BuildID, command: String) -> String { "\(self.build(build))/\(command)-output" }

    /// Returns the path where an upload is packed.
    func upload(of build: BuildID, name: String) -> String { "\(self.build(build))/upload-\(name).tar" }

    /// Returns the folder of an executor's artifact directories while it runs atoms.
    func executor(of build: BuildID, index: Int) -> String { "\(self.build(build))/executor-\(index)" }

    /// Returns the folder of a lease's artifact directories that wait for their upload.
    func kept(of build: BuildID, lease: LeaseID) -> String { "\(self.build(build))/artifacts-\(lease)" }

    /// Returns the name of an atom's artifact directory, here and in the results.
    static func artifactName(subjob: SubjobID, atom: AtomIndex) -> String { "artifact_\(subjob)_\(atom)" }

    /// Returns the artifact directory of an atom that waits for its upload.
    func artifacts(of build: BuildID, lease: LeaseID, subjob: SubjobID, atom: AtomIndex) -> String {
        "\(kept(of: build, lease: lease))/\(Self.artifactName(subjob: subjob, atom: atom))"
    }

    func create(_ path: String) throws { try PrivateDirectory.create(path) }
}
