import CGit2
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation
import Glibc

/// The snapshot of a workspace's index after its last checkout, for detecting changed files.
///
/// Kept beside the workspace, since a job may write to the index inside.
struct WorkspaceState {
    /// The folder for the states of a workspace and its submodules.
    let folder: String
    /// The file of the snapshot.
    let snapshot: String
    private let index: String

    /// Creates the state of a checkout at a path of a workspace, of a submodule or of the workspace itself.
    init(of path: String, in workspace: String) throws {
        folder = "\(workspace).state"
        snapshot = "\(folder)/\(try ObjectID(hashing: path))"
        index = "\(path.isEmpty ? workspace : "\(workspace)/\(path)")/.git/index"
    }

    /// Restores the index from the snapshot, if there is one.
    ///
    /// - Returns: The time at which it was written, in nanoseconds since 1970; nil without a readable snapshot.
    func restore() -> Int64? {
        guard let modified = FileStatus(path: snapshot)?.modified, isReadable,
            let bytes = FileManager.default.contents(atPath: snapshot),
            (try? bytes.write(to: URL(filePath: index))) != nil
        else { return nil }
        return Int64(modified.seconds) * 1_000_000_000 + Int64(modified.nanoseconds)
    }

    private var isReadable: Bool {
        (try? withHandle(freedBy: git_index_free, from: { git_index_open(&$0, snapshot) }) { _ in }) != nil
    }

    /// Takes a snapshot of the index.
    func save() throws {
        guard let bytes = FileManager.default.contents(atPath: index) else {
            throw ClusterRunnerError(.failed, "The index \"\(index)\" of a workspace cannot be read.")
        }
        try bytes.write(to: URL(filePath: snapshot), options: .atomic)
    }
}
