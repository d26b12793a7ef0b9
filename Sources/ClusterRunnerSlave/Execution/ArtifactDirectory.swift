import ClusterRunnerCore
import ClusterRunnerFiles
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

    init(executor: String, name: String, keptIn: String, trash: Trash) {
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
        try PrivateDirectory.create(path)
    }

    /// Keeps it if something is in it, or else has it wait for the next atom; returns whether it is kept.
    func keepIfUsed() throws -> Bool {
        switch try PrivateDirectory.state(path) {
        case .missing: return false
        case .changed:
            discard()
            return false
        case .empty:
            if rename(path, spare) != 0 { discard() }
            return false
        case .filled:
            try PrivateDirectory.create(keptIn)
            guard rename(path, keptPath) == 0 else { throw failure(errno) }
            return true
        }
    }

    /// Removes it, with whatever is in it.
    func discard() {
        if rmdir(path) != 0 { trash.discard(path) }
    }

    private func failure(_ number: Int32) -> ClusterRunnerError {
        ClusterRunnerError(.ofSystem(number), "ARTIFACT_DIR cannot be read any more: \(systemMessage(number)).")
    }
}
