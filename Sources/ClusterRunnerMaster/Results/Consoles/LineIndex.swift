import Foundation

/// A count of the lines before each block of a file, which finds a line by reading one block.
///
/// The index grows with the file and is kept in a file of its own, so that no line is counted twice.
struct LineIndex: Equatable {
    /// The inode of the counted file; another file under the same path has another inode or time.
    private(set) var inode: UInt64
    /// The file's modification time if it is complete; 0 if it may grow.
    private(set) var changed: Int
    /// The number of counted bytes.
    private(set) var size = 0
    /// The number of lines that end in them.
    private(set) var lines = 0
    /// The number of lines that end before each block.
    private(set) var blocks: [Int] = []
    /// Whether the last byte ends a line; true for an empty file.
    private(set) var endsInLine = true

    /// The bytes of a block.
    static let blockSize = 64 << 10
    private static let pieceSize = 1 << 20
    private static let magic = 0x31_58_44_49_4E_4C_52_43

    /// Returns the path of the index of a file that is not archived.
    static func path(beside path: String) -> String { "\(path).index" }

    init(inode: UInt64, changed: Int) {
        self.inode = inode
        self.changed = changed
    }

    /// Counts new bytes; returns whether there were any.
    mutating func extend(over file: ReadableFile) throws -> Bool {
        let before = size
        while true {
            let piece = try file.read(at: size, count: Self.pieceSize)
            guard !piece.isEmpty else { return size > before }
            count(piece)
        }
    }

    private mutating func count(_ piece: [UInt8]) {
        endsInLine = piece.last == UInt8(ascii: "\n")
        piece.withUnsafeBytes { bytes in
            var begin = 0
            while begin < bytes.count {
                if size % Self.blockSize == 0 { blocks.append(lines) }
                let end = min(bytes.count, begin + Self.blockSize - size % Self.blockSize)
                lines += Self.newlines(in: UnsafeRawBufferPointer(rebasing: bytes[begin..<end]))
                size += end - begin
                begin = end
            }
        }
    }

    private static func newlines(in bytes: UnsafeRawBufferPointer) -> Int {
        guard var place = bytes.baseAddress else { return 0 }
        let end = place + bytes.count
        var count = 0
        while place < end, let found = memchr(place, Int32(UInt8(ascii: "\n")), end - place) {
            count += 1
            place = UnsafeRawPointer(found) + 1
        }
        return count
    }

    /// Returns the offset where a line begins, or the end of the counted bytes when there are fewer lines.
    func offset(ofLine line: Int, in file: ReadableFile) throws -> Int {
        guard line > 0 else { return 0 }
        guard line <= lines else { return size }
        // The last block before which fewer lines end.
        var (low, high) = (0, blocks.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if blocks[middle] < line { low = middle } else { high = middle }
        }
        let bytes = try file.read(at: low * Self.blockSize, count: Self.blockSize)
        var left = line - blocks[low]
        for (place, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
            left -= 1
            if left == 0 { return low * Self.blockSize + place + 1 }
        }
        return size
    }
}

// MARK: Keeping it

extension LineIndex {
    /// Reads a kept index; nil unless it belongs to this very file.
    init?(at path: String, of file: ReadableFile, isWhole: Bool) {
        guard access(path, F_OK) == 0, let data = FileManager.default.contents(atPath: path) else { return nil }
        let words = data.withUnsafeBytes { bytes in
            (0..<bytes.count / 8).map { Int(bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self)) }
        }
        guard words.count >= 6, words[0] == Self.magic else { return nil }
        let identity = file.identity
        self.init(inode: UInt64(bitPattern: Int64(words[1])), changed: words[2])
        (size, lines, endsInLine) = (words[3], words[4], words[5] == 1)
        blocks = Array(words[6...])
        guard inode == identity.inode, size <= file.size, changed == (isWhole ? identity.changed : 0),
            blocks.count == (size + Self.blockSize - 1) / Self.blockSize
        else { return nil }
    }

    /// Keeps the index; a failure costs only time.
    func keep(at path: String) {
        let words = [Self.magic, Int(Int64(bitPattern: inode)), changed, size, lines, endsInLine ? 1 : 0] + blocks
        let data = words.map { Int64($0) }.withUnsafeBytes { Data($0) }
        try? ServiceFile.write(data, to: path)
    }
}

/// Files in the private directories of the service.
enum ServiceFile {
    /// Writes a file atomically.
    static func write(_ data: Data, to path: String) throws {
        let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
        if access(directory, F_OK) != 0 {
            try FileManager.default.createDirectory(
                atPath: directory,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        }
        try data.write(to: URL(fileURLWithPath: path), options: .atomic)
    }
}
