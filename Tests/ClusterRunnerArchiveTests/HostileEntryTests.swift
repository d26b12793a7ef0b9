import ClusterRunnerArchive
import ClusterRunnerPlugin
import Foundation
import Testing

/// Entries that lead out of the directory.
struct HostileEntryTests {
    let scratch: ScratchFolder
    let archiver = LibArchiver()

    init() throws {
        scratch = try ScratchFolder()
        try scratch.makeDirectory("out")
        try scratch.makeFile("secret", "secret")
    }

    /// Extracts the entries, which must fail without an effect outside, and returns the sentence.
    private func refusal(of entries: [HostileEntry], as format: HostileFormat = .tar) async throws -> String {
        try makeHostileArchive(entries, as: format, at: scratch["archive"])
        let error = try await failure { try await archiver.extract(scratch["archive"], into: scratch["out"]) }
        #expect(error.code == .invalidArgument)
        #expect(try Set(FileManager.default.contentsOfDirectory(atPath: scratch.path)) == ["archive", "out", "secret"])
        #expect(try node(at: scratch["secret"]) == .file(Data("secret".utf8), permissions: 0o644))
        return error.message
    }

    @Test(
        arguments: ["../x", "a/../../x", "..", "a/..", "a/b/../../../x", "./../x"],
        [HostileFormat.tar, .tarGzip, .zip]
    )
    func `A path that climbs is refused`(path: String, format: HostileFormat) async throws {
        let message = try await refusal(of: [.file(path)], as: format)
        #expect(message == "The archive entry \"\(path)\" is refused: it leads outside the directory.")
    }

    @Test(arguments: [HostileFormat.tar, .tarGzip, .zip])
    func `An absolute path is refused`(format: HostileFormat) async throws {
        let path = scratch["escaped"]
        let message = try await refusal(of: [.file(path)], as: format)
        #expect(message == "The archive entry \"\(path)\" is refused: its path is absolute.")
    }

    @Test(
        arguments: [
            ("/etc/passwd", "is an absolute path"),
            ("../secret", "leads outside the directory"),
            ("..", "leads outside the directory"),
            ("a/../../secret", "has \"..\" after a name"),
        ],
        [HostileFormat.tar, .zip]
    )
    func `A symbolic link that leads outside is refused`(
        target: (path: String, reason: String),
        format: HostileFormat
    ) async throws {
        let message = try await refusal(of: [.link("link", to: target.path)], as: format)
        #expect(message == "The archive entry \"link\" is refused: its target \"\(target.path)\" \(target.reason).")
        #expect(!exists(scratch["out/link"]))
    }

    @Test func `A link may climb as far as the directory, and not further`() async throws {
        let message = try await refusal(of: [.link("a/b/up", to: "../.."), .link("a/b/link", to: "../../../secret")])
        let reason = "its target \"../../../secret\" leads outside the directory"
        #expect(message == "The archive entry \"a/b/link\" is refused: \(reason).")
        #expect(try node(at: scratch["out/a/b/up"]) == .link(to: "../.."))
    }

    @Test func `Links that are harmless one by one cannot climb together`() async throws {
        // p/q/up is the directory itself, so p/q/up/.. is its parent, although it reads like p/q.
        let message = try await refusal(of: [.link("p/q/up", to: "../.."), .link("out", to: "p/q/up/..")])
        #expect(message == "The archive entry \"out\" is refused: its target \"p/q/up/..\" has \"..\" after a name.")
    }

    @Test(arguments: ["link/file", "link/deep/file"])
    func `A write through a symbolic link is refused, even inside`(path: String) async throws {
        let message = try await refusal(of: [.directory("real"), .link("link", to: "real"), .file(path)])
        #expect(message == "The archive entry \"\(path)\" is refused: it leads through the symbolic link \"link\".")
        #expect(try tree(at: scratch["out/real"]).isEmpty)
    }

    @Test func `A directory in the place of a symbolic link is refused`() async throws {
        let message = try await refusal(of: [.directory("real"), .link("link", to: "real"), .directory("link")])
        #expect(message == "The archive entry \"link\" is refused: it leads through the symbolic link \"link\".")
    }

    @Test func `A link that stood there before leads no write outside`() async throws {
        try scratch.makeLink("out/link", to: scratch.path)
        let message = try await refusal(of: [.file("link/secret", "overwritten")])
        #expect(message == "The archive entry \"link/secret\" is refused: it leads through the symbolic link \"link\".")
    }

    @Test func `A file in the place of a link replaces the link, not what it leads to`() async throws {
        try scratch.makeLink("out/link", to: scratch["secret"])
        try makeHostileArchive([.file("link", "new")], at: scratch["archive"])
        try await archiver.extract(scratch["archive"], into: scratch["out"])
        #expect(try node(at: scratch["secret"]) == .file(Data("secret".utf8), permissions: 0o644))
        #expect(try node(at: scratch["out/link"]) == .file(Data("new".utf8), permissions: 0o644))
    }

    @Test func `A file in the place of a hard link replaces that name only`() async throws {
        try #require(link(scratch["secret"], scratch["out/copy"]) == 0)
        try makeHostileArchive([.file("copy", "new")], at: scratch["archive"])
        try await archiver.extract(scratch["archive"], into: scratch["out"])
        #expect(try node(at: scratch["secret"]) == .file(Data("secret".utf8), permissions: 0o644))
    }

    @Test(arguments: ["../secret", "/etc/passwd"])
    func `A hard link that leads outside is refused`(target: String) async throws {
        let message = try await refusal(of: [.hardLink("hard", to: target)])
        let reason = "its target \"\(target)\" leads outside the directory"
        #expect(message == "The archive entry \"hard\" is refused: \(reason).")
    }

    @Test func `A hard link through a symbolic link is refused`() async throws {
        try scratch.makeLink("out/link", to: scratch.path)
        let message = try await refusal(of: [.hardLink("hard", to: "link/secret")])
        #expect(message == "The archive entry \"hard\" is refused: it leads through the symbolic link \"link\".")
    }

    @Test func `A hard link to a symbolic link is refused, for it would climb from another place`() async throws {
        let message = try await refusal(of: [.link("a/link", to: "../secret"), .hardLink("hard", to: "a/link")])
        #expect(message == "The archive entry \"hard\" is refused: its target \"a/link\" is not another file.")
    }

    @Test(arguments: ["hard", "."])
    func `A hard link to itself or to the directory is refused`(target: String) async throws {
        let message = try await refusal(of: [.file("hard"), .hardLink("hard", to: target)])
        #expect(message == "The archive entry \"hard\" is refused: its target \"\(target)\" is not another file.")
    }

    @Test(arguments: [S_IFIFO, S_IFCHR, S_IFBLK])
    func `Devices and fifos are refused`(type: mode_t) async throws {
        let message = try await refusal(of: [.special("dev", type)])
        #expect(message == "The archive entry \"dev\" is refused: it is a device, fifo or socket.")
        #expect(!exists(scratch["out/dev"]))
    }

    @Test func `A path that is too long to be opened is refused`() async throws {
        let path = Array(repeating: "directory", count: 500).joined(separator: "/")
        let message = try await refusal(of: [.file(path)])
        #expect(message == "The archive entry \"\(path)\" is refused: its path is longer than 3000 bytes.")
        #expect(try tree(at: scratch["out"]).isEmpty)
    }

    @Test func `A file below a file, and a file in the place of a directory, are refused`() async throws {
        let below = try await refusal(of: [.file("a"), .file("a/b")])
        #expect(below == "The archive entry \"a/b\" is refused: \"a\" is a file, not a directory.")
        let instead = try await refusal(of: [.directory("d"), .file("d")])
        #expect(instead == "The archive entry \"d\" is refused: a directory has its name already.")
    }
}
