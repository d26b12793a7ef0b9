import ClusterRunnerArchive
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation
import Testing

/// The contents of archives, and the refusals to make them.
struct WritingTests {
    let scratch: ScratchFolder
    let archiver = LibArchiver()

    init() throws {
        scratch = try ScratchFolder()
        try scratch.makeDirectory("in")
        try scratch.makeDirectory("out")
    }

    private func write(_ entries: ArchiveEntry..., as format: ArchiveFormat = .tar) async throws {
        try await archiver.write(entries, as: format, to: scratch["archive"])
    }

    @Test(arguments: ["/etc/passwd", "../x", "a/../../x", "a/../x", "", "./"])
    func `An entry that would lead outside, or nowhere, is refused`(path: String) async throws {
        let reasons = ["/etc/passwd": "its path is absolute", "": "its path is empty", "./": "its path names nothing"]
        let error = try await failure { try await write(.init(path: ByteString(path), content: .bytes([]))) }
        let reason = reasons[path] ?? "it leads outside the directory"
        #expect(error.message == "The archive entry \"\(path)\" is refused: \(reason).")
        #expect(error.code == .invalidArgument)
    }

    @Test func `A path with a zero byte is refused, not cut off`() async throws {
        let error = try await failure { try await write(.init(path: "a\0b", content: .bytes([]))) }
        #expect(error.message == "The archive entry \"a\0b\" is refused: its path holds a zero byte.")
    }

    @Test func `A file that has vanished is an error that names it`() async throws {
        let missing = scratch["in/missing"]
        let error = try await failure { try await write(.init(path: "x", content: .item(at: ByteString(missing)))) }
        #expect(error.message == "The file \"\(missing)\" cannot be archived: No such file or directory.")
        #expect(error.code == .notFound)
    }

    @Test func `A failed archive leaves the old file as it was, and nothing beside it`() async throws {
        try scratch.makeFile("archive", "old")
        _ = try await failure {
            try await write(
                .init(path: "a", content: .bytes([UInt8](repeating: 1, count: 1 << 20))),
                .init(path: "b", content: .item(at: ByteString(scratch["in/missing"])))
            )
        }
        #expect(try Set(FileManager.default.contentsOfDirectory(atPath: scratch.path)) == ["in", "out", "archive"])
        #expect(try node(at: scratch["archive"]) == .file(Data("old".utf8), permissions: 0o644))
    }

    @Test func `An archive in a folder that does not exist is an error that names it`() async throws {
        let path = scratch["missing/archive"]
        let error = try await failure { try await archiver.write([], as: .tar, to: path) }
        #expect(error.message == "The archive \"\(path)\" cannot be created: No such file or directory.")
    }

    @Test(arguments: ArchiveFormat.allCases)
    func `Sockets and fifos are left out`(format: ArchiveFormat) async throws {
        try #require(mkfifo(scratch["in/fifo"], 0o600) == 0)
        try scratch.makeFile("in/file")
        try await write(.init(path: "tree", content: .item(at: ByteString(scratch["in"]))), as: format)
        try await archiver.extract(scratch["archive"], into: scratch["out"])
        #expect(try tree(at: scratch["out/tree"]).keys.sorted() == ["file"])
    }

    @Test(arguments: ArchiveFormat.allCases)
    func `Equal trees make equal archives`(format: ArchiveFormat) async throws {
        for name in ["b", "a", "c", "B"] { try scratch.makeFile("in/\(name)", name) }
        var archives: Set<Data> = []
        for _ in 0..<2 {
            try await write(.init(path: "tree", content: .item(at: ByteString(scratch["in"]))), as: format)
            archives.insert(try Data(contentsOf: URL(filePath: scratch["archive"])))
        }
        #expect(archives.count == 1)
    }

    @Test func `An ordinary tar entry costs one block for its header and its bytes`() async throws {
        try scratch.makeFile("in/file", "content")
        try await write(
            .init(path: "artifact_0_0/clusterrunner_time", content: .item(at: ByteString(scratch["in/file"])))
        )
        // The header, the content, and the two blocks at the end.
        #expect(try Data(contentsOf: URL(filePath: scratch["archive"])).count == 4 * 512)
    }

    @Test(.enabled(if: Tool.tar != nil, "tar is not installed"), arguments: [ArchiveFormat.tar, .tarGzip])
    func `The system's tar reads the archives`(format: ArchiveFormat) async throws {
        try makeTree()
        try await write(.init(path: "tree", content: .item(at: ByteString(scratch["in"]))), as: format)
        _ = try #require(Tool.tar).run("-xf", scratch["archive"], "-C", scratch["out"])
        #expect(try tree(at: scratch["out/tree"]) == tree(at: scratch["in"]))
    }

    @Test(.enabled(if: Tool.python != nil, "python3 is not installed"))
    func `Python's zipfile reads the archives`() async throws {
        try makeTree()
        try await write(.init(path: "tree", content: .item(at: ByteString(scratch["in"]))), as: .zip)
        let script = """
            import sys, zipfile
            sys.stdout.reconfigure(encoding="utf-8")
            archive = zipfile.ZipFile(sys.argv[1])
            assert archive.testzip() is None
            for entry in archive.infolist():
                print(entry.filename, oct(entry.external_attr >> 16), len(archive.read(entry)))
            """
        let listing = try #require(Tool.python).run("-c", script, scratch["archive"])
        #expect(
            listing == """
                tree/ 0o40755 0
                tree/Grüße.txt 0o100644 300000
                tree/deep/ 0o40755 0
                tree/deep/empty 0o100600 0
                tree/link 0o120777 6
                tree/run.sh 0o100755 2

                """
        )
    }

    @Test(.enabled(if: Tool.python != nil, "python3 is not installed"))
    func `A zip archive without entries is one for Python's zipfile`() async throws {
        try await write(as: .zip)
        let script = "import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).namelist())"
        #expect(try #require(Tool.python).run("-c", script, scratch["archive"]) == "[]\n")
    }

    private func makeTree() throws {
        try scratch.makeDirectory("in/deep")
        try scratch.makeFile("in/deep/empty", permissions: 0o600)
        try scratch.makeFile("in/run.sh", "#!", permissions: 0o755)
        try scratch.makeFile("in/Grüße.txt", String(repeating: "abc", count: 100_000))
        try scratch.makeLink("in/link", to: "run.sh")
    }
}
