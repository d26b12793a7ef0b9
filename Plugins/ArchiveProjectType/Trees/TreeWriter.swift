import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation

/// A writer of the files of a tree into an empty folder.
struct TreeWriter {
    let store: ContentStore
    let folder: ByteString

    /// A piece that is not in the store.
    struct MissingPiece: Error {
        let file: ByteString
        let piece: ContentHash
    }

    /// Writes all entries; a damaged piece is an error, after which no damaged one of the tree is in the store.
    ///
    /// A tree has no path through a link and none that leads out, and nobody else writes into the folder.
    func write(_ tree: ProjectTree, check: () throws -> Void) throws {
        do {
            try writeEntries(of: tree, check)
        } catch let missing as MissingPiece {
            try store.removeDamage(of: tree, check: check)
            throw missing
        }
    }

    private func writeEntries(of tree: ProjectTree, _ check: () throws -> Void) throws {
        var parent = ByteString("")
        for entry in tree.entries {
            try check()
            let place = folder.appending(entry.path)
            if place.parent != parent {
                parent = place.parent
                try RemoteFile.makeDirectory(parent)
            }
            switch entry.kind {
            case .file(let file): try write(file, entry.path, to: place)
            case .emptyDirectory: try RemoteFile.makeDirectory(place)
            case .link(let target):
                _ = try attempting("Cannot write \(place)", code: .failed) {
                    try retryingInterrupts { symlink(target.cString, place.cString) }
                }
            }
        }
    }

    /// Removes what an earlier attempt has written.
    static func empty(_ folder: ByteString) throws {
        for name in DirectoryListing(at: folder).names {
            let report = removeTree(folder.appending(name).bytes)
            if !report.isComplete { throw ClusterRunnerError(.failed, "\(report)") }
        }
    }

    private func write(_ file: TreeFile, _ path: ByteString, to place: ByteString) throws {
        try attempting("Cannot write \(place)", code: .failed) {
            let copy = try OpenFile(place.cString, O_WRONLY | O_CREAT | O_EXCL)
            for (index, piece) in file.pieces.enumerated() {
                guard let bytes = try store.piece(piece, size: file.size(ofPiece: index)) else {
                    throw MissingPiece(file: path, piece: piece)
                }
                try copy.writeAll(bytes)
            }
            try retryingInterrupts { fchmod(copy.descriptor, file.permissions) }
        }
    }
}
