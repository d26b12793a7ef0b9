import ClusterRunnerDomain
import ClusterRunnerScheduling
import Foundation

/// Where the output of an atom is.
enum ConsoleOutput: Sendable, Equatable {
    /// Here, whole.
    case bytes([UInt8])
    /// In a file, with an index of its lines beside it or elsewhere.
    ///
    /// Of one that is not whole more may come, and what follows its last newline is no line yet.
    case file(path: String, index: String, isWhole: Bool)
}

extension MasterFolders {
    /// The output of an atom; nil when there is none.
    func output(of atom: AtomRecord) -> ConsoleOutput? {
        let (build, subjob, id) = (atom.buildID, atom.subjobID, atom.id)
        let kept = "\(consoles(of: build))/\(subjob)_\(id)"
        switch atom.result?.console {
        case .file:
            let path = "\(artifacts(build: build, subjob: subjob, atom: id))/clusterrunner_console_output"
            return .file(path: path, index: LineIndex.path(beside: kept), isWhole: true)
        case .inline(let bytes):
            // Its slaves were lost, or its files did not arrive: what it sent while it ran is all there is.
            guard bytes.isEmpty, atom.result?.cause != nil else { return .bytes(bytes) }
            return arrived(atom, kept) ?? .bytes([])
        case nil: return arrived(atom, kept)
        }
    }

    /// What has arrived of an atom while it ran.
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
