import ClusterRunnerTesting
import Foundation
import Testing

@testable import ClusterRunnerFiles

@Suite struct WorkspacePoolTests {
    private func withShelf(_ body: (WorkspacePool, Trash, String) async throws -> Void) async throws {
        try await withScratchDirectory { scratch in
            let trash = Trash(directory: "\(scratch)/trash")
            try await body(WorkspacePool(path: "\(scratch)/kept", trash: trash), trash, scratch)
        }
    }

    @Test func `The next build of a project gets the workspace of the last one, at the same path`() async throws {
        try await withShelf { shelf, _, _ in
            let first = try shelf.take(for: "git https://example.org/a.git")
            try Data().write(to: URL(filePath: "\(first.directory)/left"))
            first.giveBack()
            let second = try shelf.take(for: "git https://example.org/a.git")
            #expect(second.directory == first.directory)
            #expect(FileManager.default.fileExists(atPath: "\(second.directory)/left"))
            let other = try shelf.take(for: "git https://example.org/b.git")
            #expect(other.directory != first.directory)
        }
    }

    @Test func `Builds at once have workspaces of their own, of which three stay`() async throws {
        try await withShelf { shelf, trash, _ in
            let lent = try (0..<5).map { _ in try shelf.take(for: "p") }
            #expect(Set(lent.map(\.directory)).count == 5)
            for workspace in lent.reversed() { workspace.giveBack() }
            await trash.emptied()
            #expect(
                lent.map { FileManager.default.fileExists(atPath: $0.directory) } == [true, true, true, false, false]
            )
            #expect(try shelf.take(for: "p").directory == lent[0].directory)
        }
    }

    @Test func `A workspace that is given back twice is not taken from the build that has it by then`() async throws {
        try await withShelf { shelf, _, _ in
            let first = try shelf.take(for: "p")
            first.giveBack()
            let second = try shelf.take(for: "p")
            first.giveBack()
            #expect(try shelf.take(for: "p").directory != second.directory)
            second.giveBack()
        }
    }

    @Test func `A workspace that no build had for two weeks is removed, unless a build has it`() async throws {
        try await withShelf { shelf, trash, _ in
            let idle = try shelf.take(for: "idle")
            let busy = try shelf.take(for: "busy")
            idle.giveBack()
            let longAgo = Date(timeIntervalSinceNow: -15 * 86_400)
            for path in [idle.directory, busy.directory] {
                try FileManager.default.setAttributes([.modificationDate: longAgo], ofItemAtPath: "\(path).lock")
            }
            _ = try shelf.take(for: "another")
            await trash.emptied()
            #expect(!FileManager.default.fileExists(atPath: idle.directory))
            #expect(FileManager.default.fileExists(atPath: busy.directory))
            busy.giveBack()
        }
    }

    @Test(arguments: ["https://example.org/a/click.git", "/srv/repositories/click.git/", "../..", "ä/ß"])
    func `The folder of a project is named so that people recognise it, and nothing leads out of it`(project: String) {
        let name = WorkspacePool.name(of: project)
        #expect(name.wholeMatch(of: /[A-Za-z0-9_-]+/) != nil)
        #expect(name == WorkspacePool.name(of: project))
        if project.contains("click") { #expect(name.hasPrefix("clickgit-") || name.hasPrefix("click-")) }
    }
}
