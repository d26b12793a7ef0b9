import ClusterRunnerFiles
import ClusterRunnerPlugin

/// A slave's question for files of the project.
///
/// The answer is a stream of pieces in the order of the question, each with its length (4 bytes, big-endian) before it.
enum TreeRequest: Equatable {
    /// The tree itself, as one piece.
    case tree
    case pieces([ContentHash])

    /// The most pieces of one question.
    static let mostPieces = 4096

    private enum Mark {
        static let tree = UInt8(ascii: "t")
        static let pieces = UInt8(ascii: "p")
    }

    /// Its bytes.
    var encoded: [UInt8] {
        switch self {
        case .tree: [Mark.tree]
        case .pieces(let pieces): [Mark.pieces] + pieces.flatMap(\.bytes)
        }
    }

    /// Reads a question.
    init(_ message: [UInt8]) throws {
        var reader = ByteReader(message)
        switch try reader.byte() {
        case Mark.tree: self = .tree
        case Mark.pieces:
            let pieces = try reader.hashes()
            guard pieces.count <= Self.mostPieces else {
                throw ByteReader.malformed("at most \(Self.mostPieces) hashes")
            }
            self = .pieces(pieces)
        default: throw ByteReader.malformed("the kind of a question of this version")
        }
    }
}
