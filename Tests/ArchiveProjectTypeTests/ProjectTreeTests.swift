import ClusterRunnerFiles
import ClusterRunnerPlugin
import Testing

@testable import ArchiveProjectType

@Suite struct ProjectTreeTests {
    private func file(_ path: ByteString, size: Int = 1, permissions: UInt32 = 0o644) throws -> TreeEntry {
        let pieces = try (0..<TreeFile.pieceCount(ofSize: size)).map { try ContentHash(of: [UInt8($0)]) }
        return TreeEntry(path: path, kind: .file(TreeFile(permissions: permissions, size: size, pieces: pieces)))
    }

    @Test func `A tree is the same after its encoding, with names that are not text`() throws {
        let tree = ProjectTree(entries: [
            try file("a/empty", size: 0), try file("a/run", permissions: 0o755),
            try file(ByteString([0x62, 0xFF, 0x0A])), try file("large", size: ProjectTree.pieceSize + 1),
            TreeEntry(path: "link", kind: .link(ByteString([0x2E, 0x2E, 0x2F, 0xFE]))),
            TreeEntry(path: "nothing in it", kind: .emptyDirectory),
        ])
        #expect(try ProjectTree(encoded: tree.encoded) == tree)
        #expect(tree.size == ProjectTree.pieceSize + 3)
        #expect(tree.fileCount == 4)
    }

    @Test func `Paths that lead out, twice or through a file are refused`() throws {
        let wrong: [[ByteString]] = [
            [".."], ["a/../b"], ["/a"], ["a//b"], ["a/"], [""], ["."], ["./a"], [ByteString([0x61, 0x00])], ["b", "a"],
            ["a", "a"], ["a", "a-b", "a/b"], ["a", "a/b/c"],
        ]
        for paths in wrong {
            let tree = ProjectTree(entries: try paths.map { try file($0) })
            #expect(throws: ClusterRunnerError.self, "\(paths)") { try ProjectTree(encoded: tree.encoded) }
        }
        let link = TreeEntry(path: "a", kind: .link("/etc"))
        let through = ProjectTree(entries: [link, try file("a/passwd")])
        #expect(throws: ClusterRunnerError.self) { try ProjectTree(encoded: through.encoded) }
    }

    @Test func `Impossible entries are refused`() throws {
        let whole = ProjectTree(entries: [try file("a", size: 10)]).encoded
        for length in 0..<whole.count where length != "ClusterRunner tree 1\n".utf8.count {
            #expect(throws: ClusterRunnerError.self, "\(length) bytes") {
                try ProjectTree(encoded: Array(whole.prefix(length)))
            }
        }
        #expect(throws: ClusterRunnerError.self) { try ProjectTree(encoded: whole + [0x78]) }
        let setuid = ProjectTree(entries: [try file("a", permissions: 0o4755)])
        #expect(throws: ClusterRunnerError.self) { try ProjectTree(encoded: setuid.encoded) }
        for target in [ByteString(""), ByteString([0x61, 0x00])] {
            let link = ProjectTree(entries: [TreeEntry(path: "a", kind: .link(target))])
            #expect(throws: ClusterRunnerError.self) { try ProjectTree(encoded: link.encoded) }
        }
        // A size whose hashes cannot follow must not reserve memory for them.
        var size = whole
        for index in size.indices.dropFirst(size.count - 32 - 8).prefix(8) { size[index] = 0x7F }
        #expect(throws: ClusterRunnerError.self) { try ProjectTree(encoded: size) }
    }

    @Test func `Frames of pieces may arrive in any portions`() throws {
        let bytes: [UInt8] = [0, 0, 0, 2, 7, 8, 0, 0, 0, 0, 0, 0, 0, 1, 9]
        for size in 1...bytes.count {
            var frames = PieceFrames(limit: 2)
            var pieces: [[UInt8]] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                pieces += try frames.take(Array(bytes[start..<min(bytes.count, start + size)]))
            }
            #expect(pieces == [[7, 8], [], [9]])
        }
        var frames = PieceFrames(limit: 2)
        #expect(throws: ClusterRunnerError.self) { try frames.take([0, 0, 0, 3]) }
    }
}
