import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation

/// The `ARTIFACT_DIR` of an atom: one directory per executor, renamed for each atom as long as it stays empty.
///
/// Most atoms leave no files, and some file systems need a millisecond to create a directory after many were removed,
/// which is longer than many atoms run. A rename costs next to nothing.
struct ArtifactDirectory: Sendable {
    /// The executor's own directory.
    private let executor: String
    private let name: String
    private let keptIn: String
    private let trash: Trash
    private let jobUser: JobUser?

    init(executor: String, name: String, keptIn: String, trash: Trash, jobUser: JobUser? = nil) {
        self.jobUser = jobUser
        self.executor = executor
        self.name = name
        self.keptIn = keptIn
        self.trash = trash
    }

    /// The path while the atom runs.
    var path: String { "\(executor)/\(name)" }
    /// The path afterwards, if the directory has contents: unique to this run of the atom.
    var keptPath: String { "\(keptIn)/\(name)" }
    /// The path of the empty directory between two atoms.
    private var spare: String { "\(executor)/spare" }

    /// Creates the empty directory for the atom.
    func prepare() throws {
        guard rename(spare, path) != 0 else { return }
        guard let jobUser else { return try PrivateDirectory.create(path) }
        try PrivateDirectory.create(executor)
        // A command may remove its directory and create it again.
        try jobUser.take(executor)
        try PrivateDirectory.create(path)
        try jobUser.take(path)
    }

    /// Removes it with its contents.
    func discard() {
        if rmdir(path) != 0 { trash.discard(path) }
    }
}

// MARK: After the command

extension ArtifactDirectory {
    /// The state of the directory after the command.
    ///
    /// The command's result does not depend on what it does to the directory, so there are notes instead of errors.
    struct Remains {
        fileprivate(set) var state: PrivateDirectory.State
        var notes: [String] = []

        /// Whether the directory has contents.
        var isFilled: Bool { state == .filled }
    }

    /// Examines the directory after the command; removes what cannot be kept.
    func look() -> Remains {
        var state = PrivateDirectory.state(path)
        // It is ours, and readable again after a change of its mode.
        if case .unreadable = state, openUp() { state = PrivateDirectory.state(path) }
        switch state {
        case .missing:
            return Remains(state: .missing, notes: ["ARTIFACT_DIR is lost: the command removed it."])
        case .replaced:
            discard()
            return Remains(
                state: .missing,
                notes: ["ARTIFACT_DIR is lost: the command put something else in its place."]
            )
        case .unreadable(let number):
            discard()
            return Remains(state: .missing, notes: ["ARTIFACT_DIR is lost: \(systemMessage(number))."])
        case .empty, .changed, .filled:
            return Remains(state: state)
        }
    }

    /// Makes room for the console output and returns its path.
    func makeConsolePlace(_ remains: inout Remains) throws -> String {
        if remains.state == .missing { try PrivateDirectory.create(path) }
        _ = openUp()
        clear(Self.consoleName, &remains)
        remains.state = .filled
        return "\(path)/\(Self.consoleName)"
    }

    /// Keeps a directory with contents, or saves an empty one for the next atom; returns whether it is kept.
    func keepIfUsed(_ remains: inout Remains, hasConsole: Bool) -> Bool {
        switch remains.state {
        case .missing, .replaced, .unreadable: return false
        case .changed:
            discard()
            return false
        case .empty:
            if rename(path, spare) != 0 { discard() }
            return false
        case .filled:
            for name in Self.reservedNames where name != Self.consoleName || !hasConsole { clear(name, &remains) }
            return keep(&remains)
        }
    }

    private func keep(_ remains: inout Remains) -> Bool {
        do {
            try PrivateDirectory.create(keptIn)
            if rename(path, keptPath) == 0 { return true }
            // Moving a directory needs write permission to it.
            if errno == EACCES, openUp(), rename(path, keptPath) == 0 { return true }
            remains.notes.append("ARTIFACT_DIR is lost: \(systemMessage(errno)).")
        } catch {
            remains.notes.append("ARTIFACT_DIR is lost: \((error as? ClusterRunnerError)?.message ?? "\(error)")")
        }
        return false
    }

    /// Gives the slave all rights to the directory; false when it is not a directory.
    private func openUp() -> Bool {
        guard let status = FileStatus(path: path, followingLinks: false), status.kind == .directory else {
            return false
        }
        return status.permissions & 0o700 == 0o700 || chmod(path, status.permissions & 0o777 | 0o700) == 0
    }

    /// Removes an entry in the place of one of ClusterRunner's own files.
    private func clear(_ name: String, _ remains: inout Remains) {
        let place = "\(path)/\(name)"
        guard remains.state == .filled, FileStatus(path: place, followingLinks: false) != nil else { return }
        if unlink(place) != 0 { trash.discard(place) }
        remains.notes.append("\"\(name)\" is left out: ClusterRunner has a file of this name.")
    }

    /// The file for console output that is too large for a report.
    static let consoleName = "clusterrunner_console_output"
    private static let reservedNames = [
        "clusterrunner_command", consoleName, "clusterrunner_exit_code", ArchiveNotes.fileName, "clusterrunner_time",
    ]
}
