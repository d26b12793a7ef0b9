import ClusterRunnerCore
import Foundation
import Glibc
import Testing

@testable import GitProjectType

@Suite struct MirrorTests {
    @Test(arguments: ["rm HEAD", "rm -rf objects refs", "echo '[broken' > config", "rm -rf *; echo x > HEAD"])
    func `A damaged mirror is made anew`(damage: String) async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            _ = try await sandbox.project(["url": .string(url)]).fetch(into: try sandbox.directory("one"))
            let mirror = try Mirror(of: try GitURL(url), below: sandbox.path("master/git"))
            try sandbox.sh(damage, in: String(mirror.path.dropFirst(sandbox.root.count + 1)))
            _ = try await sandbox.project(["url": .string(url)]).fetch(into: try sandbox.directory("two"))
            #expect(try sandbox.read("two/file.txt") == "one\n")
        }
    }

    @Test func `A storage directory that cannot be used is an error that names the project`() async throws {
        try await Sandbox.with { sandbox in
            let project = try sandbox.project(["url": "/srv/r"])
            try Data().write(to: URL(filePath: sandbox.path("master/git")))
            let error = await fetchError(project, into: sandbox.path("workspace"))
            #expect(error?.code == .failed)
            #expect(error?.message.hasPrefix("Fetching file:///srv/r failed: ") == true, "\(error?.message ?? "")")
        }
    }

    @Test func `Credentials make no difference to which mirror it is`() throws {
        let plain = try Mirror(of: GitURL("https://example.org/r"), below: "/x")
        #expect(try Mirror(of: GitURL("https://u:p@example.org/r/"), below: "/x").path == plain.path)
        #expect(try Mirror(of: GitURL("https://example.org/other"), below: "/x").path != plain.path)
    }

    @Test func `A mirror has one writer at a time`() async throws {
        try await Sandbox.with { sandbox in
            let path = sandbox.path("lock")
            let counter = FileCounter(path: sandbox.path("counter"))
            try counter.write(0)
            await withTaskGroup { group in
                for index in 1...8 {
                    group.addTask {
                        try? await GitThread(label: "test\(index)").run { _ in
                            for _ in 1...200 { try withFileLock(at: path) { try counter.add() } }
                        }
                    }
                }
            }
            #expect(try counter.read() == 1600)
        }
    }

    @Test func `Only so many commits stay marked, the newest ones`() async throws {
        try await Sandbox.with { sandbox in
            try sandbox.makeRepository()
            try sandbox.sh(
                """
                tree=$(git rev-parse HEAD^{tree})
                for i in $(seq 300); do
                    GIT_COMMITTER_DATE="$((1700000000 + i)) +0000" git commit-tree $tree -m $i
                done > ids
                """,
                in: "upstream"
            )
            let ids = try sandbox.read("upstream/ids").split(separator: "\n").compactMap { ObjectID(hex: String($0)) }
            LibGit2.start()
            try Mirror(url: GitURL("/x"), path: sandbox.path("upstream/.git")).withRepository { repository in
                for id in ids { try Mirror.markComplete(id, in: repository) }
                let kept = try Mirror.completeCommits(in: repository)
                #expect(kept == ids.suffix(256).reversed())
                #expect(!Mirror.isComplete(ids[0], in: repository))
                try Mirror.markComplete(ids[0], in: repository)
                #expect(Mirror.isComplete(ids[0], in: repository), "The one just marked stays, however old it is.")
            }
        }
    }
}

/// A number in a file; like a mirror, it goes wrong when two write at a time.
private struct FileCounter: Sendable {
    let path: String

    func read() throws -> Int { Int(try String(contentsOfFile: path, encoding: .utf8)) ?? 0 }

    func write(_ value: Int) throws { try "\(value)".write(toFile: path, atomically: false, encoding: .utf8) }

    func add() throws {
        let old = try read()
        sched_yield()
        try write(old + 1)
    }
}
