import ClusterRunnerFiles
import ClusterRunnerPlugin

/// The files of a project: names, kinds, permissions, and the hashes of their contents.
///
/// The digest of its encoding identifies the project, whichever machine it was read on.
struct ProjectTree: Equatable, Sendable {
    /// The entries, sorted by path; directories only where they are empty.
    let entries: [TreeEntry]

    /// The longest piece of a content, in bytes.
    ///
    /// Contents are stored and sent in pieces, so that a large file is not held in memory and goes on after a broken
    /// connection where it stopped.
    static let pieceSize = 4 << 20

    /// The total size of its files, in bytes.
    var size: Int { entries.reduce(0) { $0 + $1.size } }

    /// The number of its files.
    var fileCount: Int { entries.count { if case .file = $0.kind { true } else { false } } }

    /// The hashes of all pieces, in the order of the files.
    var piecesInOrder: [ContentHash] {
        entries.flatMap { entry -> [ContentHash] in if case .file(let file) = entry.kind { file.pieces } else { [] } }
    }

    /// The sizes of all pieces, in bytes.
    var pieceSizes: [ContentHash: Int] {
        entries.reduce(into: [:]) { sizes, entry in
            guard case .file(let file) = entry.kind else { return }
            for (index, piece) in file.pieces.enumerated() { sizes[piece] = file.size(ofPiece: index) }
        }
    }
}

/// An entry of a tree.
struct TreeEntry: Equatable, Sendable {
    /// The path below the folder, without leading slash.
    let path: ByteString
    let kind: Kind

    enum Kind: Equatable, Sendable {
        case file(TreeFile)
        /// A symbolic link, with its target.
        case link(ByteString)
        case emptyDirectory
    }

    /// The size of its content, in bytes.
    var size: Int { if case .file(let file) = kind { file.size } else { 0 } }
}

/// A regular file of a tree.
struct TreeFile: Equatable, Sendable {
    /// The permission bits, 0 to 0o777.
    let permissions: UInt32
    let size: Int
    /// The hashes of its pieces in order: all have ``ProjectTree/pieceSize`` but the last.
    let pieces: [ContentHash]

    /// The number of pieces of a content.
    static func pieceCount(ofSize size: Int) -> Int { (size + ProjectTree.pieceSize - 1) / ProjectTree.pieceSize }

    /// The size of a piece, in bytes.
    func size(ofPiece index: Int) -> Int { min(ProjectTree.pieceSize, size - index * ProjectTree.pieceSize) }
}
