import ClusterRunnerDomain
import ClusterRunnerScheduling
import Foundation

/// The place of an atom's output.
enum ConsoleOutput: Sendable, Equatable {
    /// The output itself.
    case bytes([UInt8])
    /// A file, with an index of its lines beside it or elsewhere.
    ///
    /// A file that is not whole may grow, and the text after its last newline is not yet a line.
    case file(path: String, index: String, isWhole: Bool)
}

extension MasterFolders {
    /// Returns the output of an atom; nil when none exists.
    func output(of atom: AtomRecord) -> ConsoleOutput? {
        let (build, subjob, id) = (atom.buildID, atom.subjobID, atom.id)
        let kept = "\(consoles(of: build))/\(subjob)_\(id)"
        switch atom.result?.console {
        case .file:
            let path = "\(artifacts(build: build, subjob: subjob, atom: id))/clusterrunner_console_output"
            return .file(path: path, index: LineIndex.path(beside: kept), isWhole: true)
        case .inline(let bytes):
            // Its slaves were lost or its files did not arrive: only the output that it sent while it ran exists.
            guard bytes.isEmpty, atom.result?.cause != nil else { return .bytes(bytes) }
            return arrived(atom, kept) ?? .bytes([])
        case nil: return arrived(atom, kept)
        }
    }

    /// Returns the output that arrived while an atom ran.
    private func arrived(_ atom: AtomRecord, _ kept: String) -> ConsoleOutput? {
        let live = LiveConsoles(folders: self)
        if let path = live.newest(build: atom.buildID, subjob: atom.subjobID, atom: atom.id) {
            let isWhole = atom.state.isFinal
            return .file(path: path, index: LineIndex.path(beside: path), isWhole: isWhole)
        }
        guard access(kept, F_OK) == 0 else { return nil }
        return .file(path: kept, index: LineIndex.path(beside: kept), isWhole: true)
    }
}
