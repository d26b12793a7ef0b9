import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation

/// `ARTIFACT_DIR` of an atom: one directory for all atoms of an executor, under a new name for each, as long as it stays
/// empty.
///
/// Most atoms leave nothing, and some file systems take a millisecond to make a directory after many were removed: more
/// than many an atom. A new name costs next to nothing.
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

    /// Where it is while the atom runs.
    var path: String { "\(executor)/\(name)" }
    /// Where it is afterwards, if something is in it: a place that no other atom gets, nor this one when it is run again.
    var keptPath: String { "\(keptIn)/\(name)" }
    /// Where it waits for the next atom.
    private var spare: String { "\(executor)/spare" }

    /// Makes it ready, empty, for the atom.
    func prepare() throws {
        guard rename(spare, path) != 0 else { return }
        guard let jobUser else { return try PrivateDirectory.create(path) }
        try PrivateDirectory.create(executor)
        // A command may remove its directory and make it anew.
        try jobUser.take(executor)
        try PrivateDirectory.create(path)
        try jobUser.take(path)
    }

    /// Removes it, with whatever is in it.
    func discard() {
        if rmdir(path) != 0 { trash.discard(path) }
    }
}

// MARK: After the command

extension ArtifactDirectory {
    /// What the command left of the directory.
    ///
    /// Nothing that a command does to it changes the command's result, so there are notes instead of errors.
    struct Remains {
        fileprivate(set) var state: PrivateDirectory.State
        var notes: [String] = []
    }

    /// Looks at what the command left; what cannot be kept is removed.
    func look() -> Remains {
        var state = PrivateDirectory.state(path)
        // It is ours, and readable again as soon as we say so.
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

    /// Makes a place for the console output, and returns its path.
    func makeConsolePlace(_ remains: inout Remains) throws -> String {
        if remains.state == .missing { try PrivateDirectory.create(path) }
        _ = openUp()
        clear(Self.consoleName, &remains)
        remains.state = .filled
        return "\(path)/\(Self.consoleName)"
    }

    /// Keeps it if something is in it, or else has it wait for the next atom; returns whether it is kept.
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
            // A directory can only be moved by those who may write to it.
            if errno == EACCES, openUp(), rename(path, keptPath) == 0 { return true }
            remains.notes.append("ARTIFACT_DIR is lost: \(systemMessage(errno)).")
        } catch {
            remains.notes.append("ARTIFACT_DIR is lost: \((error as? ClusterRunnerError)?.message ?? "\(error)")")
        }
        return false
    }

    /// Gives the slave all rights to the directory; false where it is none.
    private func openUp() -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return false }
        return status.st_mode & 0o700 == 0o700 || chmod(path, status.st_mode & 0o777 | 0o700) == 0
    }

    /// Removes what stands where ClusterRunner puts a file of its own.
    private func clear(_ name: String, _ remains: inout Remains) {
        let place = "\(path)/\(name)"
        var status = stat()
        guard remains.state == .filled, lstat(place, &status) == 0 else { return }
        if unlink(place) != 0 { trash.discard(place) }
        remains.notes.append("\"\(name)\" is left out: ClusterRunner has a file of this name.")
    }

    /// The file for console output that is too large for a report.
    static let consoleName = "clusterrunner_console_output"
    private static let reservedNames = [
        "clusterrunner_command", consoleName, "clusterrunner_exit_code", ArchiveNotes.fileName, "clusterrunner_time",
    ]
}
