import NIOCore

/// A reader of the values in a stream of pieces, one at a time.
///
/// A value may begin in one piece and end in another.
actor StreamReader<Pieces: AsyncSequence & Sendable, Parser: StreamParser> where Pieces.Element == Parser.Piece {
    private var pieces: Pieces.AsyncIterator
    private var parser: Parser
    /// The values of the pieces read so far, the next one last.
    private var ready: [Parser.Value] = []

    init(_ pieces: Pieces, _ parser: Parser) {
        self.pieces = pieces.makeAsyncIterator()
        self.parser = parser
    }

    /// Returns the next value, as soon as there is one; nil at the end of the stream.
    func next() async throws -> Parser.Value? {
        while ready.isEmpty {
            guard let piece = try await nextPiece() else { return nil }
            ready = parser.add(piece).reversed()
        }
        return ready.removeLast()
    }

    private func nextPiece() async throws -> Parser.Piece? {
        var copy = pieces
        defer { pieces = copy }
        return try await copy.next(isolation: #isolation)
    }
}

/// A parser of values in a stream that is cut anywhere.
protocol StreamParser: Sendable {
    associatedtype Piece: Sendable
    associatedtype Value: Sendable

    /// Parses a piece and returns the values that it completes.
    mutating func add(_ piece: Piece) -> [Value]
}

/// A parser of the non-empty lines of a stream.
struct LineParser: StreamParser {
    private var rest: [UInt8] = []

    mutating func add(_ piece: [UInt8]) -> [[UInt8]] {
        rest += piece
        let parts = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        rest = Array(parts.last ?? [])
        return parts.dropLast().filter { !$0.isEmpty }.map(Array.init)
    }
}

/// A parser that returns the bytes of each piece as they are.
struct BytesParser: StreamParser {
    func add(_ piece: ByteBuffer) -> [[UInt8]] { [Array(buffer: piece)] }
}
