import ClusterRunnerFiles
import ClusterRunnerPlugin

/// A message of an upload: its kind (one byte), and what the kind needs.
///
/// The answers to ``tree(_:)`` and ``question(_:)`` are the hashes of the pieces that the master lacks, 32 bytes each;
/// that to ``pieces(_:)`` is empty.
enum UploadMessage: Equatable {
    /// The files of the project; the master stores the list.
    case tree([UInt8])
    /// Pieces, each with its length (4 bytes, big-endian) before it.
    case pieces([[UInt8]])
    /// The question which pieces of a tree are still missing.
    case question(ContentHash)

    private enum Mark {
        static let tree = UInt8(ascii: "t")
        static let pieces = UInt8(ascii: "p")
        static let question = UInt8(ascii: "q")
    }

    /// Its bytes.
    var encoded: [UInt8] {
        var bytes = ByteWriter()
        switch self {
        case .tree(let tree):
            bytes.append([Mark.tree])
            bytes.append(tree)
        case .pieces(let pieces):
            bytes.append([Mark.pieces])
            for piece in pieces {
                bytes.append(number: UInt32(piece.count))
                bytes.append(piece)
            }
        case .question(let digest):
            bytes.append([Mark.question])
            bytes.append(digest.bytes)
        }
        return bytes.bytes
    }

    /// Reads a message.
    init(_ message: [UInt8]) throws {
        var reader = ByteReader(message)
        switch try reader.byte() {
        case Mark.tree: self = .tree(Array(message.dropFirst()))
        case Mark.pieces:
            var pieces: [[UInt8]] = []
            while !reader.isAtEnd {
                let length: UInt32 = try reader.number()
                guard length <= ProjectTree.pieceSize else {
                    throw ByteReader.malformed("a piece of at most \(ProjectTree.pieceSize) bytes")
                }
                pieces.append(Array(try reader.bytes(Int(length))))
            }
            self = .pieces(pieces)
        case Mark.question:
            self = .question(try reader.hash())
            guard reader.isAtEnd else { throw ByteReader.malformed("nothing more") }
        default: throw ByteReader.malformed("the kind of a message of this version")
        }
    }
}
