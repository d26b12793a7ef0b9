import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerPlugin

/// The master's answers to slaves that ask for the files of one build.
struct TreeExport {
    let store: ContentStore
    let tree: ProjectTree
    /// The pieces of the tree with their sizes; no others are handed out.
    let pieces: [ContentHash: Int]

    /// Answers a question, piece by piece, as the slave reads.
    func answer(_ request: TreeRequest) throws -> AsyncThrowingStream<[UInt8], any Error> {
        switch request {
        case .tree:
            let encoded = tree.encoded
            return AsyncThrowingStream { continuation in
                continuation.yield(Self.frame(encoded))
                continuation.finish()
            }
        case .pieces(let wanted):
            if let foreign = wanted.first(where: { pieces[$0] == nil }) {
                throw ClusterRunnerError(.notFound, "The content \(foreign) is not a part of this build.")
            }
            return stream(wanted)
        }
    }

    private func stream(_ wanted: [ContentHash]) -> AsyncThrowingStream<[UInt8], any Error> {
        let turns = PieceTurns(wanted)
        return AsyncThrowingStream { [store, pieces] in
            let batch = turns.next { pieces[$0] ?? 0 }
            guard !batch.isEmpty else { return nil }
            return try await FileWork.run("Reading the files of the project") { _ in
                try batch.flatMap { piece in
                    guard let bytes = try store.piece(piece, size: pieces[piece] ?? 0) else {
                        throw ClusterRunnerError(
                            .failed,
                            "The content \(piece) is not on the master, or damaged there."
                        )
                    }
                    return Self.frame(bytes)
                }
            }
        }
    }

    private static func frame(_ piece: [UInt8]) -> [UInt8] {
        var bytes = ByteWriter()
        bytes.append(number: UInt32(piece.count))
        bytes.append(piece)
        return bytes.bytes
    }
}

/// The pieces that are still to be sent.
private final class PieceTurns: Sendable {
    private let rest: Lock<ArraySlice<ContentHash>>
    /// The size of what is read at a time, in bytes, unless one piece is larger.
    private static let size = 1 << 20

    init(_ pieces: [ContentHash]) {
        rest = Lock(pieces[...])
    }

    /// Takes the next pieces that are sent together; none at the end.
    func next(size: (ContentHash) -> Int) -> [ContentHash] {
        rest.withLock { rest in
            var total = 0
            let batch = rest.prefix { piece in
                let isFirst = total == 0
                total += size(piece)
                return isFirst || total <= Self.size
            }
            rest = rest.dropFirst(batch.count)
            return Array(batch)
        }
    }
}
