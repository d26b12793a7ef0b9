import ClusterRunnerArchive
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation
import Testing

/// Round trips in every format.
struct RoundTripTests {
    let scratch: ScratchFolder
    let archiver = LibArchiver()

    init() throws {
        scratch = try ScratchFolder()
        try scratch.makeDirectory("in")
        try scratch.makeDirectory("out")
    }

    /// Archives `in` as `tree`, extracts it into `out` and returns the result.
    private func roundTrip(_ format: ArchiveFormat) async throws -> [String: Node] {
        let entry = ArchiveEntry(path: "tree", content: .item(at: ByteString(scratch["in"])))
        try await archiver.write([entry], as: format, to: scratch["archive"])
        try await archiver.extract(scratch["archive"], into: scratch["out"])
        return try tree(at: scratch["out/tree"])
    }

    @Test(arguments: ArchiveFormat.allCases)
    func `Files, modes, links, directories and names survive`(format: ArchiveFormat) async throws {
        let deep = (1...60).map { "directory\($0)" }.joined(separator: "/")
        try scratch.makeDirectory("in/\(deep)")
        try scratch.makeFile("in/\(deep)/bottom.txt", "deep")
        try scratch.makeDirectory("in/empty directory", permissions: 0o700)
        try scratch.makeDirectory("in/read-only", permissions: 0o755)
        try scratch.makeFile("in/read-only/file", "kept", permissions: 0o400)
        try scratch.makeFile("in/empty.txt")
        try scratch.makeFile("in/run.sh", "#!/bin/sh\n", permissions: 0o755)
        try scratch.makeFile("in/Grüße 你好 🎈.txt", "unicode", permissions: 0o640)
        try scratch.makeFile("in/quotes \" ' $(x) \n new line", "hostile")
        try scratch.makeFile("in/" + String(repeating: "n", count: 255), "long")
        try scratch.makeLink("in/link", to: "run.sh")
        try scratch.makeLink("in/directory1/up", to: "../Grüße 你好 🎈.txt")
        try scratch.makeLink("in/nowhere", to: "missing")

        #expect(try await roundTrip(format) == tree(at: scratch["in"]))
    }

    @Test(arguments: ArchiveFormat.allCases)
    func `The archived directory itself keeps its permissions, and bytes become a file of mode 644`(
        format: ArchiveFormat
    ) async throws {
        try scratch.setPermissions(0o750, of: "in")
        let entries = [
            ArchiveEntry(path: "tree", content: .item(at: ByteString(scratch["in"]))),
            ArchiveEntry(path: "reports/junit.xml", content: .bytes(Array("<testsuite/>".utf8))),
            ArchiveEntry(path: "./nothing.txt/", content: .bytes([])),
        ]
        try await archiver.write(entries, as: format, to: scratch["archive"])
        try await archiver.extract(scratch["archive"], into: scratch["out"])

        #expect(try node(at: scratch["out/tree"]) == .directory(permissions: 0o750))
        #expect(try node(at: scratch["out/nothing.txt"]) == .file(Data(), permissions: 0o644))
        let junit = Node.file(Data("<testsuite/>".utf8), permissions: 0o644)
        #expect(try node(at: scratch["out/reports/junit.xml"]) == junit)
    }

    @Test(arguments: ArchiveFormat.allCases)
    func `Files keep their modification time`(format: ArchiveFormat) async throws {
        try scratch.makeFile("in/old.txt", "old")
        let time = Date(timeIntervalSince1970: 1_234_567_890)
        try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: scratch["in/old.txt"])
        _ = try await roundTrip(format)

        let attributes = try FileManager.default.attributesOfItem(atPath: scratch["out/tree/old.txt"])
        #expect(attributes[.modificationDate] as? Date == time)
    }

    @Test(arguments: ArchiveFormat.allCases)
    func `Two thousand files survive`(format: ArchiveFormat) async throws {
        for directory in 0..<20 {
            try scratch.makeDirectory("in/\(directory)")
            for file in 0..<100 { try scratch.makeFile("in/\(directory)/\(file).txt", "\(directory) \(file)\n") }
        }
        let result = try await roundTrip(format)
        #expect(result.count == 2_020)
        #expect(try result == tree(at: scratch["in"]))
    }

    @Test(arguments: ArchiveFormat.allCases)
    func `A file of 50 MB survives`(format: ArchiveFormat) async throws {
        // Half of it cannot be compressed, half of it compresses to next to nothing.
        var generator = SystemRandomNumberGenerator()
        let noise = Data((0..<(1 << 20)).map { _ in UInt8.random(in: .min ... .max, using: &generator) })
        var content = Data(capacity: 50 << 20)
        for _ in 0..<25 {
            content += noise
            content += Data(count: 1 << 20)
        }
        try scratch.makeFile("in/large", content)
        #expect(try await roundTrip(format)["large"] == .file(content, permissions: 0o644))
    }

    @Test(arguments: [ArchiveFormat.tar, .tarGzip])
    func `An archive without entries is an archive`(format: ArchiveFormat) async throws {
        try await archiver.write([], as: format, to: scratch["archive"])
        try await archiver.extract(scratch["archive"], into: scratch["out"])
        #expect(try tree(at: scratch["out"]).isEmpty)
    }

    @Test(arguments: ArchiveFormat.allCases)
    func `Bytes of several chunks survive`(format: ArchiveFormat) async throws {
        let bytes = [UInt8](repeating: 7, count: 1_000_001)
        try await archiver.write([.init(path: "b", content: .bytes(bytes))], as: format, to: scratch["archive"])
        try await archiver.extract(scratch["archive"], into: scratch["out"])
        #expect(try node(at: scratch["out/b"]) == .file(Data(bytes), permissions: 0o644))
    }

    @Test(arguments: ArchiveFormat.allCases)
    func `A name that is not UTF-8 keeps its bytes`(format: ArchiveFormat) async throws {
        let names = [
            ByteString(Array("é caf".utf8) + [0xE9]), "caf%E9", ByteString(Array("a".utf8) + [0xFF, 0x0A, 0x5C]),
        ]
        #expect(try await roundTrip(of: names, format) == names.sorted())
    }

    @Test(arguments: [ArchiveFormat.tar, .tarGzip])
    func `Names that differ only in their normalization stay two`(format: ArchiveFormat) async throws {
        let long = ByteString(String(repeating: "e\u{301}", count: 80))
        let names: [ByteString] = ["caf\u{e9}", "cafe\u{301}", long]
        #expect(names[0] != names[1])
        #expect(try await roundTrip(of: names, format) == names.sorted())
    }

    /// Archives a folder that has files and links of these names; returns the extracted names.
    private func roundTrip(of names: [ByteString], _ format: ArchiveFormat) async throws -> [ByteString] {
        for name in names {
            let path = ByteString(scratch["in"]).appending(name)
            let descriptor = open(path.cString, O_WRONLY | O_CREAT, 0o600)
            try #require(close(descriptor) == 0)
            let link = ByteString(scratch["in"]).appending(ByteString(Array("link to ".utf8) + name.bytes))
            try #require(symlink(name.cString, link.cString) == 0)
        }
        _ = try await archiver.write(
            [.init(path: "t", content: .item(at: ByteString(scratch["in"])))],
            as: format,
            to: scratch["a"]
        )
        try await archiver.extract(scratch["a"], into: scratch["out"])
        let found = DirectoryListing(at: ByteString(scratch["out/t"])).names
        let isLink = { (name: ByteString) in name.bytes.starts(with: "link to ".utf8) }
        for link in found.filter(isLink) {
            // The link finds the file that it found before.
            #expect(access(ByteString(scratch["out/t"]).appending(link).cString, F_OK) == 0)
        }
        #expect(found.filter(isLink).count == names.count)
        return found.filter { !isLink($0) }
    }
}
