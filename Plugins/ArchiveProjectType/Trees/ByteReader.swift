import ClusterRunnerFiles
import ClusterRunnerPlugin

/// A reader of the bytes of a message.
struct ByteReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    /// Whether all bytes are read.
    var isAtEnd: Bool { rest.isEmpty }

    /// The size of the largest content whose hashes fit into the rest.
    var mostBytesOfContent: Int { (rest.count / ContentHash.size + 1) * ProjectTree.pieceSize }

    /// Returns the error of a message that has something else than `expected`.
    static func malformed(_ expected: String) -> ClusterRunnerError {
        ClusterRunnerError(.invalidArgument, "The message of an upload is malformed: it should have \(expected) there.")
    }

    /// Reads as many bytes.
    mutating func bytes(_ count: Int) throws -> ArraySlice<UInt8> {
        guard count <= rest.count else { throw Self.malformed("\(count - rest.count) more bytes") }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    /// Reads one byte.
    mutating func byte() throws -> UInt8 {
        guard let byte = rest.popFirst() else { throw Self.malformed("1 more byte") }
        return byte
    }

    /// Reads a big-endian number.
    mutating func number<Number: FixedWidthInteger & UnsignedInteger>() throws -> Number {
        try bytes(Number.bitWidth / 8).reduce(0) { $0 << 8 | Number($1) }
    }

    /// Reads a text with its length before it.
    mutating func text(limit: Int) throws -> ByteString {
        let length: UInt32 = try number()
        guard length <= limit else { throw Self.malformed("a text of at most \(limit) bytes") }
        return ByteString(try bytes(Int(length)))
    }

    /// Reads a hash.
    mutating func hash() throws -> ContentHash {
        guard let hash = ContentHash(bytes: try bytes(ContentHash.size)) else { throw Self.malformed("a hash") }
        return hash
    }

    /// Reads hashes to the end.
    mutating func hashes() throws -> [ContentHash] {
        var hashes: [ContentHash] = []
        while !isAtEnd { hashes.append(try hash()) }
        return hashes
    }
}

/// A writer of the bytes of a message.
struct ByteWriter {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ more: some Sequence<UInt8>) { bytes += more }

    /// Appends a number, big-endian.
    mutating func append(number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.bigEndian) { bytes += $0 }
    }

    /// Appends a text with its length before it.
    mutating func append(text: ByteString) {
        append(number: UInt32(text.count))
        text.withBytes { bytes += $0 }
    }
}
