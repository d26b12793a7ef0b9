import ClusterRunnerConformance
import ClusterRunnerPlugin
import ClusterRunnerTesting
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

    @Test(arguments: [
        "rm -f objects/pack/*", "rm -f objects/pack/*.idx", "for p in objects/pack/*.pack; do : > $p; done",
        "for p in objects/pack/*.pack; do dd if=/dev/zero of=$p bs=50 seek=1 count=1000 conv=notrunc; done",
        "find refs -type f | while read f; do : > $f; done", ": > HEAD", "rm -rf objects", ": > config",
        "touch packed-refs.lock shallow.lock HEAD.lock config.lock", "rm -rf refs", "mkdir -p refs/tags/x; : > shallow",
        "echo 0000000000000000000000000000000000000000 > shallow", "echo nonsense > packed-refs",
        "find refs -type f | while read f; do echo 1111111111111111111111111111111111111111 > $f; done",
    ])
    func `Damage is mended by the next build, of the same commit and of a new one`(damage: String) async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            let mirror = try Mirror(of: try GitURL(url), below: sandbox.path("master/git"))
            for (name, isNew) in [("same", false), ("new", true)] {
                _ = try await sandbox.project(["url": .string(url)]).fetch(
                    into: try sandbox.directory("before-\(name)")
                )
                try sandbox.sh(
                    "chmod -R u+w .; (\(damage)) 2>&1",
                    in: String(mirror.path.dropFirst(sandbox.root.count + 1))
                )
                if isNew { try sandbox.commit("new") }
                _ = try await sandbox.project(["url": .string(url)]).fetch(into: try sandbox.directory("after-\(name)"))
                #expect(try sandbox.read("after-\(name)/file.txt") == (isNew ? "new\n" : "one\n"))
                #expect(try sandbox.head(of: "after-\(name)") == sandbox.head(of: "upstream"))
            }
        }
    }

    /// Builds the repository's branch on a master and a slave.
    private func build(_ url: String, _ sandbox: Sandbox) async throws {
        let master = try sandbox.project(["url": .string(url)])
        let fetched = try await master.fetch(into: try sandbox.directory("master-workspace"))
        let source = DirectProjectSource(to: master)
        let slave = try sandbox.project(fetched.slaveParameters.values, on: "slave", role: .slave(master: source))
        _ = try await slave.fetch(into: try sandbox.directory("slave-workspace"))
        await master.teardown()
    }

    @Test(
        arguments: ["master", "slave"],
        [
            "truncate -s 50 $p", ": > $p", "rm -f $p", "truncate -s 20 ${p%.pack}.idx",
            "mkdir -p objects/info; echo /nowhere > objects/info/alternates",
        ]
    )
    func `Objects are mended when the workspace needs none of them`(machine: String, damage: String) async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            let mirror = try Mirror(of: try GitURL(url), below: sandbox.path("\(machine)/git"))
            try await build(url, sandbox)
            // Many commits, since a walk looks a few further than it must.
            try sandbox.sh(
                """
                git rm -rq .; echo two > file.txt; git add -A; git commit -qm more
                for i in $(seq 20); do
                    GIT_COMMITTER_DATE="$((2000000000 + i)) +0000" git commit -q --allow-empty -m $i
                done
                """,
                in: "upstream"
            )
            try await build(url, sandbox)
            // The pack of the first commit, of which the next one has no file.
            try sandbox.sh(
                "chmod -R u+w .; p=$(ls -S objects/pack/*.pack | head -1); \(damage)",
                in: String(mirror.path.dropFirst(sandbox.root.count + 1))
            )
            try sandbox.sh(
                "GIT_COMMITTER_DATE='2000000100 +0000' git commit -q --allow-empty -m yet-more",
                in: "upstream"
            )
            try await build(url, sandbox)
            let check = "git log -p --format=%s 2>&1 | grep -c more; git fsck 2>&1"
            #expect(try sandbox.sh(check, in: "\(machine)-workspace") == "2")
        }
    }

    @Test func `A commit that can no longer be read is fetched anew`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            let mirror = try Mirror(of: try GitURL(url), below: sandbox.path("master/git"))
            _ = try await sandbox.project(["url": .string(url)]).fetch(into: try sandbox.directory("first"))
            try sandbox.sh(
                """
                chmod u+w objects/pack/*; python3 - objects/pack/*.pack <<'P'
                import sys
                b = bytearray(open(sys.argv[1], 'rb').read())
                for i in range(30, len(b) - 40, 97): b[i] ^= 0xff
                open(sys.argv[1], 'wb').write(b)
                P
                """,
                in: String(mirror.path.dropFirst(sandbox.root.count + 1))
            )
            _ = try await sandbox.project(["url": .string(url)]).fetch(into: try sandbox.directory("second"))
            #expect(try sandbox.read("second/file.txt") == "one\n")
        }
    }

    @Test func `A mirror is kept when it was not to blame`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            let mirror = try Mirror(of: try GitURL(url), below: sandbox.path("master/git"))
            _ = try await sandbox.project(["url": .string(url)]).fetch(into: try sandbox.directory("first"))
            let before = try #require(mirror.generation)
            try sandbox.sh("git commit -q --allow-empty -m more; chmod -R u+w .git/objects", in: "upstream")
            let commit = try sandbox.head(of: "upstream")
            try sandbox.sh(": > .git/objects/\(commit.prefix(2))/\(commit.dropFirst(2))", in: "upstream")
            _ = await fetchError(try sandbox.project(["url": .string(url)]), into: try sandbox.directory("second"))
            #expect(mirror.generation == before)
            #expect(!FileManager.default.fileExists(atPath: "\(mirror.path).damaged"))
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

/// A number in a file; like a mirror, it breaks when two write at a time.
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
