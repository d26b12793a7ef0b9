import ClusterRunnerAPI
import ClusterRunnerCore
import Foundation

/// The output of atoms that run, as far as it has arrived.
///
/// One file for each hand-out of an atom, removed when its result is there, or the build over.
struct LiveConsoles: Sendable {
    let folders: MasterFolders

    /// The file of an atom's output under a hand-out.
    func path(build: Int, lease: Int, atom: Int) -> String { "\(folders.live(of: build))/\(lease)_\(atom)" }

    /// Appends output that follows what is there; returns how much is there then.
    ///
    /// What came before, or leaves a gap, is not written: the slave goes on from the length that it is told.
    func append(_ report: ConsoleReport) throws -> Int {
        try folders.create(folders.live(of: report.build))
        let path = path(build: report.build, lease: report.claim.lease, atom: report.claim.atom)
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        guard let file = FileHandle(forWritingAtPath: path) else {
            throw ClusterRunnerError(.failed, "The console output cannot be kept in \(path).")
        }
        defer { try? file.close() }
        let length = Int(try file.seekToEnd())
        guard report.offset == length else { return length }
        do {
            try file.write(contentsOf: report.bytes)
        } catch {
            throw ClusterRunnerError("The console output cannot be kept in \(path)", because: error)
        }
        return length + report.bytes.count
    }

    /// Removes the output of an atom whose result is there.
    func remove(build: Int, _ claim: AtomClaim) {
        unlink(path(build: build, lease: claim.lease, atom: claim.atom))
    }

    /// Removes what is left of a build that is over.
    func removeAll(of build: Int) {
        folders.removeTree(folders.live(of: build))
    }
}
