import ClusterRunnerArchive
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation
import Testing

/// The limits of extraction.
struct LimitTests {
    let scratch: ScratchFolder
    let archiver = LibArchiver()

    init() throws {
        scratch = try ScratchFolder()
        try scratch.makeDirectory("out")
    }

    private func extract(entries: Int = 100, bytes: Int = 1_000) async throws {
        let limits = ArchiveLimits(entries: entries, bytes: bytes)
        try await archiver.extract(scratch["archive"], into: scratch["out"], limits: limits)
    }

    private func extractedBytes() throws -> Int {
        try tree(at: scratch["out"]).values.reduce(0) { sum, node in
            if case .file(let content, _) = node { sum + content.count } else { sum }
        }
    }

    @Test(arguments: [HostileFormat.tar, .tarGzip, .zip])
    func `As many entries as allowed are extracted, and not one more`(format: HostileFormat) async throws {
        try makeHostileArchive((1...4).map { .file("file\($0)") }, as: format, at: scratch["archive"])
        try await extract(entries: 4)
        let error = try await failure { try await extract(entries: 3) }
        #expect(error.message == "The archive entry \"file4\" is refused: the archive holds more than 3 entries.")
        #expect(error.code == .tooLarge)
    }

    @Test(arguments: [HostileFormat.tar, .tarGzip, .zip])
    func `As many bytes as allowed are extracted, and not one more`(format: HostileFormat) async throws {
        let text = String(repeating: "x", count: 500)
        try makeHostileArchive([.file("a", text), .file("b", text)], as: format, at: scratch["archive"])
        try await extract(bytes: 1_000)
        let error = try await failure { try await extract(bytes: 999) }
        #expect(error.message == "The archive entry \"b\" is refused: the archive unpacks to more than 999 bytes.")
        #expect(error.code == .tooLarge)
    }

    @Test(arguments: [ArchiveFormat.tarGzip, .zip])
    func `A bomb of zeros is refused before anything is written`(format: ArchiveFormat) async throws {
        let bomb = try scratch.makeSparseFile("bomb", size: 300 << 20)
        try await archiver.write(
            [.init(path: "bomb", content: .item(at: ByteString(bomb)))],
            as: format,
            to: scratch["archive"]
        )
        let error = try await failure { try await extract() }
        #expect(error.message == "The archive entry \"bomb\" is refused: the archive unpacks to more than 1000 bytes.")
        #expect(try tree(at: scratch["out"]).isEmpty)
    }

    @Test func `A zip that lies about its sizes is stopped by what comes out`() async throws {
        let zeros = String(repeating: "\0", count: 4 << 20)
        try makeHostileArchive([.file("bomb", zeros)], as: .zip, at: scratch["archive"])
        var archive = try Data(contentsOf: URL(filePath: scratch["archive"]))
        // The uncompressed size is in the entry's own header and in the table of contents.
        let table = try #require(archive.range(of: Data([0x50, 0x4B, 0x01, 0x02]))).lowerBound
        for place in [22, table + 24] { archive.replaceSubrange(place..<(place + 4), with: [1, 0, 0, 0]) }
        try scratch.makeFile("archive", archive)
        let error = try await failure { try await extract(bytes: 1 << 20) }
        #expect(
            error.message == "The archive entry \"bomb\" is refused: the archive unpacks to more than 1048576 bytes."
        )
        #expect(try extractedBytes() <= 1 << 20)
    }

    @Test func `The bytes of a directory count, though nobody wants them`() async throws {
        // Zip marks a directory by the slash, and allows it content.
        let zeros = String(repeating: "\0", count: 600)
        try makeHostileArchive([.file("d/", zeros), .file("e/", zeros)], as: .zip, at: scratch["archive"])
        let error = try await failure { try await extract() }
        #expect(error.message == "The archive entry \"e/\" is refused: the archive unpacks to more than 1000 bytes.")
        #expect(try tree(at: scratch["out"]).keys.sorted() == ["d"])
    }

    @Test(.enabled(if: Tool.tar != nil, "tar is not installed"))
    func `The holes of a sparse file count`() async throws {
        try scratch.makeDirectory("in")
        try scratch.makeSparseFile("in/sparse", size: 1 << 40)
        let arguments = ["-cf", scratch["archive"], "--format=gnu", "--sparse", "-C", scratch["in"], "."]
        _ = try #require(Tool.tar).run(arguments)
        let error = try await failure { try await extract() }
        #expect(
            error.message == "The archive entry \"./sparse\" is refused: the archive unpacks to more than 1000 bytes."
        )
    }
}
