import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import Testing

@testable import ClusterRunnerFiles

@Suite(.enabled(if: geteuid() == 0, "only root can act for another user"))
struct JobUserFilesTests {
    private let user = JobUser(name: "tester", userID: 54_321, groupID: 54_322, groups: [54_322, 54_323], home: "/")

    private func withPlace(_ body: (String) async throws -> Void) async throws {
        try await withScratchDirectory { scratch in
            chmod(scratch, 0o755)
            try Data("of root".utf8).write(to: URL(filePath: "\(scratch)/secret"))
            chmod("\(scratch)/secret", 0o600)
            mkdir("\(scratch)/own", 0o700)
            try user.take("\(scratch)/own")
            try await body(scratch)
        }
    }

    private func owner(_ path: String) -> UInt32? { FileStatus(path: path, followingLinks: false)?.owner }

    /// Makes a file as the user.
    private func makeFile(_ path: String) throws {
        try user.act { try Data().write(to: URL(filePath: path)) }
    }

    /// Whether the user can reach a file.
    private func canSee(_ path: String) throws -> Bool {
        try user.act { FileStatus(path: path) != nil }
    }

    /// Returns the ids, groups and rights of this thread.
    private func rights() throws -> [Substring] {
        let text = try String(contentsOfFile: "/proc/thread-self/status", encoding: .utf8)
        return text.split(separator: "\n").filter { line in
            ["Uid:", "Gid:", "Groups:", "CapEff:"].contains { line.hasPrefix($0) }
        }
    }

    @Test func `Work for a user touches nothing that only root may, and its files are the user's`() async throws {
        try await withPlace { place in
            try user.act {
                #expect(open("\(place)/secret", O_RDONLY) == -1)
                #expect(errno == EACCES)
                #expect(open("\(place)/new", O_WRONLY | O_CREAT, 0o600) == -1)
                try Data().write(to: URL(filePath: "\(place)/own/file"))
            }
            // The user's further groups count.
            chown("\(place)/secret", 0, 54_323)
            chmod("\(place)/secret", 0o640)
            let text = try user.act { try String(contentsOfFile: "\(place)/secret", encoding: .utf8) }
            #expect(text == "of root")
            #expect(owner("\(place)/own/file") == user.userID)
        }
    }

    @Test func `Work that may read all still writes what the user may write only`() async throws {
        try await withPlace { place in
            let text = try user.act(readingAll: true) {
                #expect(open("\(place)/secret", O_WRONLY) == -1)
                #expect(open("\(place)/new", O_WRONLY | O_CREAT, 0o600) == -1)
                #expect(chmod("\(place)/secret", 0o644) == -1)
                return try String(contentsOfFile: "\(place)/secret", encoding: .utf8)
            }
            #expect(text == "of root")
        }
    }

    @Test func `Afterwards the thread has the rights of the service again, whatever happened`() throws {
        // Nothing waits between the two reads, so that both are on one thread.
        let before = try rights()
        try user.act(readingAll: true) {
            let inside = try rights()
            #expect(inside != before)
        }
        #expect(try rights() == before)
        #expect(throws: CancellationError.self) { try user.act { throw CancellationError() } }
        #expect(try rights() == before)
    }

    @Test func `A tree becomes the user's, links themselves and not what they name`() async throws {
        try await withPlace { place in
            try FileManager.default.createDirectory(atPath: "\(place)/tree/a/b", withIntermediateDirectories: true)
            try Data().write(to: URL(filePath: "\(place)/tree/a/file"))
            symlink("\(place)/secret", "\(place)/tree/link")
            symlink(place, "\(place)/tree/a/up")
            try user.takeTree("\(place)/tree")
            let paths = ["tree", "tree/a", "tree/a/b", "tree/a/file", "tree/link", "tree/a/up"]
            #expect(paths.map { owner("\(place)/\($0)") } == paths.map { _ in user.userID })
            #expect(owner("\(place)/secret") == 0)
            #expect(owner(place) == 0)
        }
    }

    @Test func `A workspace is the user's while it is lent, and closed to all jobs between builds`() async throws {
        try await withPlace { place in
            let trash = Trash(directory: "\(place)/trash")
            let shelf = WorkspacePool(path: "\(place)/kept", trash: trash, user: user)
            let lent = try shelf.take(for: "git https://example.org/a.git")
            try makeFile("\(lent.directory)/file")
            lent.giveBack()
            #expect(try !canSee("\(lent.directory)/file"))
            let next = try shelf.take(for: "git https://example.org/a.git")
            #expect(next.directory == lent.directory)
            #expect(try canSee("\(next.directory)/file"))
            next.giveBack()
        }
    }

    @Test func `What builds of another user left is removed, and no other folder`() async throws {
        try await withPlace { place in
            let trash = Trash(directory: "\(place)/trash")
            for name in ["kept", "kept-1", "keptsafe"] { mkdir("\(place)/\(name)", 0o700) }
            let shelf = WorkspacePool(path: "\(place)/kept", trash: trash, user: user)
            try shelf.take(for: "p").giveBack()
            shelf.discardOthers()
            #expect(owner("\(place)/keptsafe") != nil && owner("\(place)/kept-54321") != nil)
            #expect(["kept", "kept-1"].allSatisfy { owner("\(place)/\($0)") == nil })
            await trash.emptied()
        }
    }

    @Test func `A remote file is written with the rights of the user`() async throws {
        try await withPlace { place in
            let project = "\(place)/own"
            let files = [RemoteFile(uri: "file:///x", name: "below/file")]
            let downloader = WritingDownloader(text: "content")
            try await RemoteFile.download(
                files,
                into: ByteString(project),
                as: user,
                scratch: "\(place)/arrival",
                with: downloader
            )
            #expect(try String(contentsOfFile: "\(project)/below/file", encoding: .utf8) == "content")
            #expect(owner("\(project)/below/file") == user.userID)
            #expect(owner("\(place)/arrival") == nil)
            try FileManager.default.removeItem(atPath: "\(project)/below")
            // A job could put a folder of root's in the place of its own.
            mkdir("\(project)/below", 0o700)
            await #expect(throws: ClusterRunnerError.self) {
                try await RemoteFile.download(
                    files,
                    into: ByteString(project),
                    as: user,
                    scratch: "\(place)/arrival",
                    with: downloader
                )
            }
            #expect(owner("\(project)/below/file") == nil)
        }
    }
}

private struct WritingDownloader: FileDownloader {
    let text: String

    func download(_ uri: String, to path: String, byteLimit: Int) async throws {
        try Data(text.utf8).write(to: URL(filePath: path))
    }
}
