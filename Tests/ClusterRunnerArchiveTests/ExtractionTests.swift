import ClusterRunnerArchive
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation
import Testing

/// Extraction of foreign and damaged archives.
struct ExtractionTests {
    let scratch: ScratchFolder
    let archiver = LibArchiver()

    init() throws {
        scratch = try ScratchFolder()
        try scratch.makeDirectory("out")
    }

    private func extract(_ entries: [HostileEntry], as format: HostileFormat = .tar) async throws {
        try makeHostileArchive(entries, as: format, at: scratch["archive"])
        try await archiver.extract(scratch["archive"], into: scratch["out"])
    }

    @Test func `Setuid, setgid and sticky bits are dropped`() async throws {
        try await extract([.file("run", permissions: 0o7755), .directory("d", permissions: 0o7777)])
        #expect(try node(at: scratch["out/run"]) == .file(Data("content".utf8), permissions: 0o755))
        #expect(try node(at: scratch["out/d"]) == .directory(permissions: 0o777))
    }

    @Test func `The owner can always read files and change directories`() async throws {
        try await extract([.directory("d", permissions: 0), .file("d/f", permissions: 0)])
        #expect(try node(at: scratch["out/d"]) == .directory(permissions: 0o700))
        #expect(try node(at: scratch["out/d/f"]) == .file(Data("content".utf8), permissions: 0o400))
    }

    @Test func `Hard links inside become one file with two names`() async throws {
        try await extract([.file("a/first"), .hardLink("b/second", to: "a/first")])
        var (first, second) = (stat(), stat())
        try #require(stat(scratch["out/a/first"], &first) == 0 && stat(scratch["out/b/second"], &second) == 0)
        #expect(first.st_ino == second.st_ino)
    }

    @Test func `The directory itself may be an entry and keeps its permissions`() async throws {
        try await extract([.directory("./", permissions: 0o700), .file("./a")])
        #expect(try node(at: scratch["out"]) == .directory(permissions: 0o755))
        #expect(try tree(at: scratch["out"]).keys.sorted() == ["a"])
    }

    @Test func `A file that comes twice is the last one`() async throws {
        try await extract([.file("a", "a long first one"), .file("a", "second")])
        #expect(try node(at: scratch["out/a"]) == .file(Data("second".utf8), permissions: 0o644))
    }

    @Test func `A directory that exists is extracted into`() async throws {
        try scratch.makeDirectory("out/d", permissions: 0o700)
        try scratch.makeFile("out/d/before")
        try await extract([.directory("d", permissions: 0o750), .file("d/after")])
        #expect(try node(at: scratch["out/d"]) == .directory(permissions: 0o750))
        #expect(try tree(at: scratch["out/d"]).keys.sorted() == ["after", "before"])
    }

    @Test(.enabled(if: Tool.tar != nil, "tar is not installed"), arguments: ["gnu", "pax", "ustar"])
    func `Archives of the system's tar are read, sparse files included`(format: String) async throws {
        try scratch.makeDirectory("in/Grüße")
        try scratch.makeFile("in/Grüße/run.sh", "#!", permissions: 0o755)
        try scratch.makeSparseFile("in/sparse", size: 3_000_000)
        let sparse = format == "ustar" ? [] : ["--sparse"]
        let arguments = ["-czf", scratch["archive"], "--format=\(format)"] + sparse + ["-C", scratch["in"], "."]
        _ = try #require(Tool.tar).run(arguments)
        try await archiver.extract(scratch["archive"], into: scratch["out"])
        #expect(try tree(at: scratch["out"]) == tree(at: scratch["in"]))
    }

    @Test(.enabled(if: Tool.python != nil, "python3 is not installed"))
    func `Hostile archives of Python's tarfile are refused, too`() async throws {
        let script = """
            import io, sys, tarfile
            with tarfile.open(sys.argv[1], "w:gz", format=tarfile.GNU_FORMAT) as archive:
                entry = tarfile.TarInfo("a/../../x")
                entry.size = 1
                archive.addfile(entry, io.BytesIO(b"x"))
            """
        _ = try #require(Tool.python).run("-c", script, scratch["archive"])
        let error = try await failure { try await archiver.extract(scratch["archive"], into: scratch["out"]) }
        #expect(error.message == "The archive entry \"a/../../x\" is refused: it leads outside the directory.")
    }

    @Test(arguments: ArchiveFormat.allCases)
    func `An archive that is cut off anywhere is an error`(format: ArchiveFormat) async throws {
        let entries = (0..<4).map { number in
            ArchiveEntry(
                path: "file\(number)",
                content: .bytes((0..<700).map { UInt8(truncatingIfNeeded: $0 * number) })
            )
        }
        try await archiver.write(entries, as: format, to: scratch["archive"])
        let whole = try Data(contentsOf: URL(filePath: scratch["archive"]))
        // The second of the two zero blocks of tar may be missing.
        let end = format == .tar ? whole.count - 512 : whole.count
        for length in Array(stride(from: 0, to: end, by: format == .tar ? 256 : 37)) + [end - 1] {
            try whole.prefix(length).write(to: URL(filePath: scratch["cut"]))
            let error = try await failure { try await archiver.extract(scratch["cut"], into: scratch["out"]) }
            #expect(error.code == .invalidArgument)
            #expect(error.message.hasPrefix("The archive "), "\(length) bytes: \(error.message)")
        }
    }

    @Test func `A tar archive without its end marker says so`() async throws {
        try await archiver.write([.init(path: "a", content: .bytes([1]))], as: .tar, to: scratch["archive"])
        let whole = try Data(contentsOf: URL(filePath: scratch["archive"]))
        try scratch.makeFile("archive", whole.dropLast(1024))
        let error = try await failure { try await archiver.extract(scratch["archive"], into: scratch["out"]) }
        #expect(
            error.message == "The archive \"\(scratch["archive"])\" cannot be read: it ends without the end marker."
        )
    }

    @Test(arguments: ["", "garbage", String(repeating: "garbage\n", count: 1_000)])
    func `Garbage is no archive`(content: String) async throws {
        let path = try scratch.makeFile("archive", content)
        let error = try await failure { try await archiver.extract(path, into: scratch["out"]) }
        #expect(error.message == "The archive \"\(path)\" cannot be read: Unrecognized archive format.")
        #expect(error.code == .invalidArgument)
    }

    @Test func `A missing archive and a missing directory are named`() async throws {
        let (archive, directory) = (scratch["archive"], scratch["missing"])
        let noArchive = try await failure { try await archiver.extract(archive, into: scratch["out"]) }
        #expect(noArchive.message == "The archive \"\(archive)\" cannot be read: No such file or directory.")
        #expect(noArchive.code == .notFound)
        try makeHostileArchive([.file("a")], at: archive)
        let noDirectory = try await failure { try await archiver.extract(archive, into: directory) }
        #expect(
            noDirectory.message == "The directory \"\(directory)\" cannot be extracted into: No such file or directory."
        )
    }

    @Test func `A canceled task extracts nothing`() async throws {
        let (archive, out) = (scratch["archive"], scratch["out"])
        try makeHostileArchive([.file("a")], at: archive)
        let result = await whileCanceled { [archiver] in try await archiver.extract(archive, into: out) }
        #expect(throws: CancellationError.self) { try result.get() }
        #expect(try tree(at: out).isEmpty)
    }
}
