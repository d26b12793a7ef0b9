import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Logging

/// A slave's side.
extension ArchiveProjectType {
    /// How often what is missing or damaged is asked for.
    private static let mostRounds = 3

    /// Gets what this machine lacks from the master, and writes the files of the build.
    func receive(
        from master: any ProjectSource,
        into workspace: String
    ) async throws -> (ContentHash, ProjectTree) {
        guard let digest = archive.tree else {
            throw ClusterRunnerError(.failed, "The master did not say which files the build has.")
        }
        let tree = try await tree(digest, from: master)
        for round in 1...Self.mostRounds {
            try await fill(tree, from: master)
            do {
                try await FileWork.run("Writing the files of the project") { [store] check in
                    let folder = ByteString(workspace)
                    if round > 1 { try TreeWriter.empty(folder) }
                    try TreeWriter(store: store, folder: folder).write(tree, check: check)
                }
                return (digest, tree)
            } catch let missing as TreeWriter.MissingPiece {
                // It was damaged here, and has been removed.
                context.logger.warning("The content of \"\(missing.file)\" is fetched again: it was damaged.")
            }
        }
        throw ClusterRunnerError(.failed, "The files of the project cannot be kept on the disk of this slave.")
    }

    private func tree(_ digest: ContentHash, from master: any ProjectSource) async throws -> ProjectTree {
        let known = try await FileWork.run("Reading the files of the project") { [store] _ in try store.tree(digest) }
        if let known { return known }
        var frames = PieceFrames(limit: UploadStorage.messageLimit)
        var pieces: [[UInt8]] = []
        for try await bytes in try await master.request(TreeRequest.tree.encoded) { pieces += try frames.take(bytes) }
        guard let encoded = pieces.first, try ContentHash(of: encoded) == digest else {
            throw ClusterRunnerError(.failed, "The master sent another list of files than that of the build.")
        }
        return try await FileWork.run("Storing the files of the project") { [store] _ in
            let tree = try ProjectTree(encoded: encoded)
            try store.put(tree)
            return tree
        }
    }

    private func fill(_ tree: ProjectTree, from master: any ProjectSource) async throws {
        var missing = try await FileWork.run("Looking for the files of the project") { [store] _ in
            store.missing(tree.piecesInOrder)
        }[...]
        while !missing.isEmpty {
            let batch = missing.prefix(TreeRequest.mostPieces)
            missing = missing.dropFirst(batch.count)
            var frames = PieceFrames(limit: ProjectTree.pieceSize)
            var wanted = Set(batch)
            for try await bytes in try await master.request(TreeRequest.pieces(Array(batch)).encoded) {
                let pieces = try frames.take(bytes)
                guard !pieces.isEmpty else { continue }
                let stored = try await FileWork.run("Storing the files of the project") { [store] _ in
                    try pieces.map { try store.put($0) }
                }
                wanted.subtract(stored)
            }
            guard wanted.isEmpty else {
                throw ClusterRunnerError(.failed, "The master sent \(wanted.count) files less than the build has.")
            }
        }
    }
}

/// The pieces in a stream of bytes, each with its length (4 bytes, big-endian) before it.
struct PieceFrames {
    /// The longest piece.
    let limit: Int
    private var buffer: [UInt8] = []

    init(limit: Int) {
        self.limit = limit
    }

    /// Adds bytes, and returns the pieces that are whole now.
    mutating func take(_ bytes: [UInt8]) throws -> [[UInt8]] {
        buffer += bytes
        var pieces: [[UInt8]] = []
        var start = 0
        while buffer.count - start >= 4 {
            let length = buffer[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
            guard length <= limit else { throw ByteReader.malformed("a piece of at most \(limit) bytes") }
            guard buffer.count - start - 4 >= length else { break }
            pieces.append(Array(buffer[start + 4..<start + 4 + length]))
            start += 4 + length
        }
        buffer.removeFirst(start)
        return pieces
    }
}
