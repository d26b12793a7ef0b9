import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import Testing

@testable import ArchiveProjectType

@Suite struct ContentStoreTests {
    /// The file of a piece.
    private func path(_ piece: ContentHash, _ scratch: String) -> String {
        "\(scratch)/archive/contents/\("\(piece)".prefix(2))/\(piece)"
    }

    private func tree(_ pieces: ContentHash...) -> ProjectTree {
        let entries = pieces.map { piece in
            TreeEntry(
                path: ByteString("\(piece)"),
                kind: .file(TreeFile(permissions: 0o600, size: 3, pieces: [piece]))
            )
        }
        return ProjectTree(entries: entries.sorted { $0.path < $1.path })
    }

    /// Sets the time of a file to a number of days ago.
    private func age(_ path: String, days: Int) {
        var times = [timespec](repeating: timespec(tv_sec: time(nil) - days * 86_400 - 60, tv_nsec: 0), count: 2)
        utimensat(AT_FDCWD, path, &times, 0)
    }

    @Test func `A damaged piece counts as missing and can be stored again`() async throws {
        try await withScratchDirectory { scratch in
            let store = ContentStore(below: scratch)
            let piece = try store.put(Array("abc".utf8))
            #expect(try store.piece(piece, size: 3) == Array("abc".utf8))
            for damage in ["", "ab", "abd", "abcd"] {
                try Data(damage.utf8).write(to: URL(filePath: path(piece, scratch)))
                #expect(try store.piece(piece, size: 3) == nil)
                #expect(!store.has(piece))
                try store.put(Array("abc".utf8))
                #expect(try store.piece(piece, size: 3) == Array("abc".utf8))
            }
        }
    }

    @Test func `A damaged tree counts as missing`() async throws {
        try await withScratchDirectory { scratch in
            let store = ContentStore(below: scratch)
            let tree = tree(try store.put(Array("abc".utf8)))
            let digest = try store.put(tree)
            #expect(try store.tree(digest) == tree)
            try Data("x".utf8).write(to: URL(filePath: "\(scratch)/archive/trees/\(digest)"))
            #expect(try store.tree(digest) == nil)
            try store.put(tree)
            #expect(try store.tree(digest) == tree)
        }
    }

    @Test func `What no recent tree names is removed, and nothing else`() async throws {
        try await withScratchDirectory { scratch in
            let store = ContentStore(below: scratch)
            let pieces = try ["one", "two", "new", "odd"].map { try store.put(Array($0.utf8)) }
            let (kept, old) = (tree(pieces[0], pieces[2]), tree(pieces[0], pieces[1]))
            let digests = try [kept, old].map { try store.put($0) }
            for piece in pieces.dropLast() { age(path(piece, scratch), days: 30) }
            age("\(scratch)/archive/trees/\(digests[0])", days: 6)
            age("\(scratch)/archive/trees/\(digests[1])", days: 7)
            try store.collect(now: time(nil)) {}
            #expect(pieces.map(store.has) == [true, false, true, true])
            #expect(try store.tree(digests[0]) == kept)
            #expect(try store.tree(digests[1]) == nil)
        }
    }

    @Test func `A tree that is used is kept for another week, and the store looks once an hour`() async throws {
        try await withScratchDirectory { scratch in
            let store = ContentStore(below: scratch)
            let tree = tree(try store.put(Array("abc".utf8)))
            let digest = try store.put(tree)
            let path = "\(scratch)/archive/trees/\(digest)"
            age(path, days: 6)
            #expect(try store.tree(digest) == tree)
            let now = time(nil)
            try store.collect(now: now + 6 * 86_400) {}
            #expect(try store.tree(digest) == tree)
            age(path, days: 20)
            try store.collect(now: now + 60) {}
            #expect(access(path, F_OK) == 0)
            try store.collect(now: now + 3700) {}
            #expect(access(path, F_OK) != 0)
        }
    }
}
