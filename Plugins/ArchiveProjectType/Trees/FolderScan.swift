import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation
import GitProjectType

/// A look at the files of a folder, and the reader of their contents.
struct FolderScan: Sendable {
    let folder: ByteString
    let tree: ProjectTree
    /// Sentences about what is not in the tree.
    let notes: [String]
    /// A file with each piece, and the number of the piece in it.
    private let places: [ContentHash: Place]

    private struct Place {
        let path: ByteString
        let index: Int
        let size: Int
    }

    /// A file that changed while it was read.
    struct ChangedFile: Error {
        let path: ByteString
    }

    /// Reads a folder; `rules` leave files out, and `foreign` names paths that do not belong to it.
    init(
        _ folder: ByteString,
        rules: IgnoreRules?,
        without foreign: [ByteString] = [],
        check: () throws -> Void
    ) throws {
        var walk = FolderWalk(folder, rules: rules, without: foreign)
        let found = try walk.run(check)
        var entries: [TreeEntry] = []
        var places: [ContentHash: Place] = [:]
        for item in found {
            try check()
            guard case .file(let permissions) = item.kind else {
                entries.append(TreeEntry(path: item.path, kind: item.kind.ofTree))
                continue
            }
            // A file that was removed meanwhile is not in the folder any more.
            guard let file = try Self.read(folder.appending(item.path), permissions) else { continue }
            for (index, piece) in file.pieces.enumerated() where places[piece] == nil {
                places[piece] = Place(path: item.path, index: index, size: file.size(ofPiece: index))
            }
            entries.append(TreeEntry(path: item.path, kind: .file(file)))
        }
        self.folder = folder
        self.places = places
        tree = ProjectTree(entries: entries.sorted { $0.path < $1.path })
        notes = walk.notes
    }

    /// Reads a piece of the tree again.
    ///
    /// - Throws: ``ChangedFile`` when the file has another content by now.
    func bytes(of piece: ContentHash) throws -> [UInt8] {
        guard let place = places[piece] else {
            throw ClusterRunnerError(.failed, "The folder has no content \(piece).")
        }
        do {
            let file = try OpenFile(folder.appending(place.path).cString, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
            let bytes = try file.bytes(from: place.index * ProjectTree.pieceSize, count: place.size)
            if try ContentHash(of: bytes) == piece { return bytes }
        } catch is SystemFault {}
        throw ChangedFile(path: place.path)
    }

    /// Returns the number of files with at least one of these pieces.
    func fileCount(of pieces: Set<ContentHash>) -> Int {
        tree.entries.count {
            if case .file(let file) = $0.kind { file.pieces.contains(where: pieces.contains) } else { false }
        }
    }

    /// Returns the size of a piece, in bytes.
    func size(of piece: ContentHash) -> Int { places[piece]?.size ?? 0 }

    private static func read(_ path: ByteString, _ permissions: UInt32) throws -> TreeFile? {
        do {
            let file = try OpenFile(path.cString, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
            var pieces: [ContentHash] = []
            var size = 0
            while case let bytes = try file.nextBytes(ProjectTree.pieceSize), !bytes.isEmpty {
                pieces.append(try ContentHash(of: bytes))
                size += bytes.count
                if bytes.count < ProjectTree.pieceSize { break }
            }
            return TreeFile(permissions: permissions, size: size, pieces: pieces)
        } catch let fault as SystemFault {
            guard fault.number != ENOENT else { return nil }
            throw ClusterRunnerError(
                .failed,
                "The file \"\(path)\" cannot be read: \(fault). Make it readable, or leave it out with .gitignore."
            )
        }
    }
}
