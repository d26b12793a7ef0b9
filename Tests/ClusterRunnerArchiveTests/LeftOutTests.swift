import ClusterRunnerArchive
import ClusterRunnerFiles
import ClusterRunnerPlugin
import Foundation
import Testing

/// Files that cannot be archived, which are noted and do not affect the rest.
struct LeftOutTests {
    let scratch: ScratchFolder
    let archiver = LibArchiver()

    init() throws {
        scratch = try ScratchFolder()
        try scratch.makeDirectory("in")
        try scratch.makeDirectory("out")
        try scratch.makeFile("in/good.txt", "good")
    }

    /// Archives `in` as the directory of an atom, extracts it, and returns the extracted names and the notes.
    private func pack(
        as format: ArchiveFormat = .tar,
        limits: ArchiveLimits = .whenWriting
    ) async throws -> (files: [String], notes: [String]) {
        let content = ArchiveEntry.Content.closedDirectory(
            at: ByteString(scratch["in"]),
            knownAs: [ByteString(scratch["in"]), "/elsewhere/artifact_0_0"]
        )
        let entry = ArchiveEntry(path: "artifact_0_0", content: content)
        let notes = try await archiver.write([entry], as: format, to: scratch["archive"], limits: limits)
        let received = try await archiver.extract(scratch["archive"], into: scratch["out"])
        #expect(received.isEmpty)
        return (try tree(at: scratch["out/artifact_0_0"]).keys.sorted(), notes["artifact_0_0"])
    }

    private func target(_ name: String) throws -> Node { try node(at: scratch["out/artifact_0_0/\(name)"]) }

    @Test(arguments: ArchiveFormat.allCases)
    func `Links that stay inside are kept, absolute ones as relative ones`(format: ArchiveFormat) async throws {
        try scratch.makeDirectory("in/d/e")
        try scratch.makeLink("in/latest", to: scratch["in/good.txt"])
        try scratch.makeLink("in/d/e/moved", to: "/elsewhere/./artifact_0_0//good.txt")
        try scratch.makeLink("in/d/e/all", to: scratch["in"])
        try scratch.makeLink("in/odd", to: "d/../good.txt")
        try scratch.makeLink("in/d/beside", to: scratch["in/d/e"])
        try scratch.makeLink("in/d/plain", to: ".././good.txt")
        try scratch.makeLink("in/nowhere", to: "missing/too")
        let (files, notes) = try await pack(as: format)
        #expect(notes == [])
        #expect(files.count == 10)
        #expect(try target("latest") == .link(to: "good.txt"))
        #expect(try target("d/e/moved") == .link(to: "../../good.txt"))
        #expect(try target("d/e/all") == .link(to: "../.."))
        #expect(try target("odd") == .link(to: "good.txt"))
        #expect(try target("d/beside") == .link(to: "e"))
        #expect(try target("d/plain") == .link(to: ".././good.txt"))
        #expect(try target("nowhere") == .link(to: "missing/too"))
    }

    @Test func `Links that lead outside are left out, each with its reason`() async throws {
        try scratch.makeDirectory("in/d")
        try scratch.makeLink("in/1", to: "/etc/hostname")
        try scratch.makeLink("in/2", to: "..")
        try scratch.makeLink("in/d/3", to: "../../artifact_1_0/x")
        try scratch.makeLink("in/4", to: "5/../../secret")
        try scratch.makeLink("in/5", to: "d")
        try scratch.makeLink("in/6", to: scratch["in/../secret"])
        try scratch.makeLink("in/7", to: "5/../good.txt")
        let (files, notes) = try await pack()
        #expect(files == ["5", "d", "good.txt"])
        #expect(
            notes == [
                "\"1\" is left out: its target \"/etc/hostname\" is an absolute path to another place.",
                "\"2\" is left out: its target \"..\" leads outside the directory.",
                "\"4\" is left out: its target \"5/../../secret\" has \"..\" after a name.",
                "\"6\" is left out: its target \"\(scratch["in/../secret"])\" leads outside the directory.",
                "\"7\" is left out: its target \"5/../good.txt\" has \"..\" after a name.",
                "\"d/3\" is left out: its target \"../../artifact_1_0/x\" leads outside the directory.",
            ]
        )
    }

    @Test func `Sockets, fifos and paths that are too long or too deep are left out`() async throws {
        try #require(mkfifo(scratch["in/fifo\n"], 0o600) == 0)
        let socket = try Self.makeSocket(at: scratch["in/s"])
        defer { close(socket) }
        try Self.makeDeepTree(in: scratch["in"], name: "d", depth: 2_000)
        let long = String(repeating: "n", count: 255)
        try Self.makeDeepTree(in: scratch["in"], name: long, depth: 20)
        let (files, notes) = try await pack()
        #expect(files.contains("good.txt") && !files.contains("s"))
        #expect(notes.count == 4)
        #expect(notes.contains("\"fifo\\n\" is left out: it is a fifo."))
        #expect(notes.contains("\"s\" is left out: it is a socket."))
        #expect(notes.contains { $0.hasSuffix(" is left out: its path is deeper than 256 folders.") })
        #expect(notes.contains { $0.hasSuffix("…\" is left out: its path is longer than 3000 bytes.") })
        removeTree(scratch["in"])
    }

    @Test(.enabled(if: geteuid() != 0, "root reads everything"))
    func `What cannot be read is left out`() async throws {
        try scratch.makeFile("in/secret", "x", permissions: 0)
        try scratch.makeDirectory("in/closed")
        try scratch.makeFile("in/closed/file", "x")
        try scratch.setPermissions(0, of: "in/closed")
        let (files, notes) = try await pack()
        try scratch.setPermissions(0o700, of: "in/closed")
        #expect(files == ["good.txt"])
        #expect(
            notes == [
                "\"closed\" is left out: Permission denied.", "\"secret\" is left out: Permission denied.",
            ]
        )
    }

    @Test func `What is beyond the limits, or has no room, is left out, and the rest is kept`() async throws {
        try scratch.makeSparseFile("in/huge", size: 1 << 42)
        try scratch.makeFile("in/small", "small")
        let (files, notes) = try await pack()
        #expect(files == ["good.txt", "small"])
        #expect(notes.count == 1)
        #expect(notes.first?.hasPrefix("\"huge\" is left out: it has 4398046511104 bytes, and ") == true)
        let few = try await pack(limits: ArchiveLimits(entries: 2, bytes: 1 << 20))
        #expect(
            few.notes.last == "\"small\" is left out: the archive holds 2 entries, as many as it may."
        )
    }

    @Test func `Of many entries that are left out the first are named, the others counted`() async throws {
        for number in 100..<150 { try scratch.makeLink("in/\(number)", to: "/etc") }
        let (files, notes) = try await pack()
        #expect(files == ["good.txt"])
        #expect(notes.count == ArchiveNotes.mostNotes + 1)
        #expect(notes.last == "30 more like these.")
    }

    @Test func `What the file system of the directory does not take is left out when it is extracted`() async throws {
        let long = String(repeating: "n", count: 256)
        try makeHostileArchive([.file("a/\(long)/x"), .file("a/\(long)"), .file("a/good")], at: scratch["archive"])
        let notes = try await archiver.extract(scratch["archive"], into: scratch["out"])
        #expect(try tree(at: scratch["out/a"]).keys.sorted() == ["good"])
        #expect(notes["a"].count == 2)
        #expect(notes["a"].allSatisfy { $0.hasSuffix(" is left out: File name too long.") })
    }

    private static func makeSocket(at path: String) throws -> Int32 {
        let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        try #require(path.utf8.count < MemoryLayout.size(ofValue: address.sun_path))
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
        return socket
    }

    private static func makeDeepTree(in path: String, name: String, depth: Int) throws {
        var directory = open(path, O_RDONLY | O_DIRECTORY)
        for _ in 0..<depth {
            try #require(mkdirat(directory, name, 0o755) == 0)
            let below = openat(directory, name, O_RDONLY | O_DIRECTORY)
            close(directory)
            directory = below
        }
        close(directory)
    }
}
