import ClusterRunnerDomain
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation

/// The folders of a master.
struct MasterFolders: Sendable {
    let base: String
    /// The trash, which gets everything that is no longer needed.
    let trash: Trash
    /// The account that runs commands, if it is not the service's own.
    let jobUser: JobUser?

    /// Describes the folders without creating them; `report` gets what could not be removed.
    init(base: String, jobUser: JobUser? = nil, report: @escaping @Sendable (RemovalReport) -> Void = { _ in }) {
        self.init(base: base, trash: Trash(directory: "\(base)/trash", report: report), jobUser: jobUser)
    }

    init(base: String, trash: Trash, jobUser: JobUser? = nil) {
        self.base = base
        self.jobUser = jobUser
        self.trash = trash
    }

    /// The data that project types keep beyond a build, such as mirrors.
    var projects: String { "\(base)/projects" }
    private var workspaces: String { "\(base)/workspaces" }
    var results: String { "\(base)/results" }
    private var uploads: String { "\(base)/uploads" }
    private var live: String { "\(base)/live" }
    var consoles: String { "\(base)/consoles" }
    /// The folders of the commands that run when builds have ended.
    private var endings: String { "\(base)/endings" }

    /// Refuses results of builds that the store does not know: numbers would begin anew, and results would be removed.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidState`` that says what to do.
    func checkBelong(toLastBuild last: Int) throws {
        guard let newest = resultNumbers.last, newest.rawValue > last else { return }
        throw ClusterRunnerError(
            .invalidState,
            "\(results) holds results of build \(newest), but the database in \(base) knows "
                + (last == 0 ? "no builds" : "builds up to \(last) only")
                + ": it was lost, or replaced by an older one. Put the right database back, or move "
                + "\(results) and \(consoles) away to go on from build \(last + 1)."
        )
    }

    /// Creates the folders and discards what an earlier run left half done.
    func prepare() throws {
        for leftover in [workspaces, uploads, live, endings] { trash.discard(leftover) }
        for folder in [projects, workspaces, results, uploads] { try create(folder) }
        for folder in [base, workspaces] { try jobUser?.pass(folder) }
        kept.discardOthers()
        trash.empty()
    }

    /// Returns the folder of the command that runs when a build has ended.
    func ending(of build: BuildID) -> String { "\(endings)/\(build)" }

    /// Returns the path of a build's workspace; ``createWorkspace(of:)`` creates it.
    func workspace(of build: BuildID) -> String { "\(workspaces)/\(build)" }

    /// The path of the output of the programs that fetch the project of a build.
    func fetchOutput(of build: BuildID) -> String { "\(workspace(of: build)).fetch" }

    /// The path of the output of the engine that fetches the image of a build's container.
    func imageOutput(of build: BuildID) -> String { "\(workspace(of: build)).image" }

    /// The workspaces that are kept from build to build.
    var kept: WorkspacePool { WorkspacePool(path: "\(base)/kept", trash: trash, user: jobUser) }

    /// Returns the folder of the outputs of a build's running atoms.
    func live(of build: BuildID) -> String { "\(live)/\(build)" }

    /// Returns the results folder of a build, with a directory `artifact_S_A` for each atom that left files.
    func results(of build: BuildID) -> String { "\(results)/\(build)" }

    /// Returns the folder of a build's other outputs: those of atoms without a result, and indexes of large ones.
    func consoles(of build: BuildID) -> String { "\(consoles)/\(build)" }

    /// The builds that have results, or outputs beside them.
    var resultNumbers: [BuildID] {
        let names = [results, consoles].flatMap(DirectoryListing.texts(in:))
        return Set(names.compactMap { BuildID($0) }).sorted()
    }

    /// Removes all files of a build.
    func removeResults(of build: BuildID) {
        trash.discard(results(of: build))
        trash.discard(consoles(of: build))
    }

    /// Returns the directory of an atom's files.
    func artifacts(build: BuildID, subjob: SubjobID, atom: AtomIndex) -> String {
        "\(results(of: build))/\(Self.artifactName(subjob: subjob, atom: atom))"
    }

    /// Returns the place of a slave's upload and of its extracted files.
    func upload(slave: SlaveID, name: String) -> (archive: String, extracted: String) {
        ("\(uploads)/\(slave)-\(name).tar", "\(uploads)/\(slave)-\(name)")
    }

    func createWorkspace(of build: BuildID) throws -> String {
        let path = workspace(of: build)
        trash.discard(path)
        try create(path)
        return path
    }

    func create(_ path: String) throws { try PrivateDirectory.create(path) }

    static func artifactName(subjob: SubjobID, atom: AtomIndex) -> String { "artifact_\(subjob)_\(atom)" }
}
