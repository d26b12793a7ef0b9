import ClusterRunnerFiles
import ClusterRunnerPlugin

/// The encoding: a first line, then for each entry its kind (one byte), the length of its path (4 bytes, big-endian),
/// its path, and what its kind needs: permissions (4), size (8) and hashes (32 each) of a file, the length (4) and the
/// bytes of a link's target.
extension ProjectTree {
    private static let head = Array("ClusterRunner tree 1\n".utf8)
    private static let (file, link, emptyDirectory) = (UInt8(ascii: "f"), UInt8(ascii: "l"), UInt8(ascii: "d"))
    /// The longest path and the longest target of a link, in bytes.
    private static let pathLimit = 1 << 16

    /// Its bytes.
    var encoded: [UInt8] {
        var bytes = ByteWriter()
        bytes.append(Self.head)
        for entry in entries {
            switch entry.kind {
            case .file: bytes.append([Self.file])
            case .link: bytes.append([Self.link])
            case .emptyDirectory: bytes.append([Self.emptyDirectory])
            }
            bytes.append(text: entry.path)
            switch entry.kind {
            case .file(let file):
                bytes.append(number: file.permissions)
                bytes.append(number: UInt64(file.size))
                for piece in file.pieces { bytes.append(piece.bytes) }
            case .link(let target): bytes.append(text: target)
            case .emptyDirectory: break
            }
        }
        return bytes.bytes
    }

    /// Reads an encoding, which may come from anywhere.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` unless every entry can be
    ///   written below one folder, none leads out of it, and no path occurs twice.
    init(encoded: [UInt8]) throws {
        var reader = ByteReader(encoded)
        guard try reader.bytes(Self.head.count).elementsEqual(Self.head) else {
            throw ByteReader.malformed("a list of files of this version")
        }
        var entries: [TreeEntry] = []
        var total = 0
        while !reader.isAtEnd {
            let entry = try Self.entry(&reader)
            let (sum, isTooLarge) = total.addingReportingOverflow(entry.size)
            guard !isTooLarge else { throw ByteReader.malformed("a list of files with possible sizes") }
            total = sum
            entries.append(entry)
        }
        try Self.check(entries)
        self.entries = entries
    }

    private static func entry(_ reader: inout ByteReader) throws -> TreeEntry {
        let kind = try reader.byte()
        let path = try reader.text(limit: pathLimit)
        switch kind {
        case file:
            let permissions: UInt32 = try reader.number()
            let size: UInt64 = try reader.number()
            guard permissions <= 0o777, let size = Int(exactly: size), size <= reader.mostBytesOfContent else {
                throw ByteReader.malformed("a file with possible permissions and size")
            }
            let pieces = try (0..<TreeFile.pieceCount(ofSize: size)).map { _ in try reader.hash() }
            return TreeEntry(path: path, kind: .file(TreeFile(permissions: permissions, size: size, pieces: pieces)))
        case link:
            let target = try reader.text(limit: pathLimit)
            guard !target.isEmpty, !target.bytes.contains(0) else { throw ByteReader.malformed("the target of a link") }
            return TreeEntry(path: path, kind: .link(target))
        case emptyDirectory: return TreeEntry(path: path, kind: .emptyDirectory)
        default: throw ByteReader.malformed("an entry of a known kind")
        }
    }

    private static func check(_ entries: [TreeEntry]) throws {
        var parents: Set<ByteString> = []
        var previous: ByteString?
        for entry in entries {
            guard isRelative(entry.path), previous.map({ $0 < entry.path }) ?? true else {
                throw ClusterRunnerError(
                    .invalidArgument,
                    "The list of files has the path \"\(entry.path)\", which is no sorted, relative path."
                )
            }
            previous = entry.path
            var names = entry.path.names
            while names.popLast() != nil, !names.isEmpty, parents.insert(ByteString(names: names)).inserted {}
        }
        for entry in entries where entry.kind != .emptyDirectory && parents.contains(entry.path) {
            throw ClusterRunnerError(
                .invalidArgument,
                "The list of files has \"\(entry.path)\" both as a file and as a directory."
            )
        }
    }

    private static func isRelative(_ path: ByteString) -> Bool {
        path.withBytes { bytes in
            !bytes.contains(0)
                && bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { name in
                    !name.isEmpty && !name.elementsEqual(".".utf8) && !name.elementsEqual("..".utf8)
                }
        }
    }
}
