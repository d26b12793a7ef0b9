import ClusterRunnerConformance
import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import Testing

@testable import GitProjectType

@Suite struct RemoteFetchTests {
    @Test func `The type obeys the rules of project types`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            try await ProjectTypeConformance(
                GitProjectType.self,
                validParameters: ["job_name": "Tests", "url": .string(url)],
                privateNames: [".git"]
            ).run()
        }
    }

    @Test func `The default branch is the one the remote's HEAD points to`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            try sandbox.sh("git branch master; git checkout -q -b trunk", in: "upstream")
            let newest = try sandbox.commit("on trunk")
            try await fetch(["url": .string(url)], sandbox)
            #expect(try sandbox.head(of: "workspace") == newest)
            #expect(try sandbox.read("workspace/file.txt") == "on trunk\n")
        }
    }

    @Test func `A remote whose HEAD is detached is built where it stands`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            let first = try sandbox.head(of: "upstream")
            try sandbox.commit("second")
            try sandbox.sh("git checkout -q \(first)", in: "upstream")
            try await fetch(["url": .string(url)], sandbox)
            #expect(try sandbox.head(of: "workspace") == first)
        }
    }

    @Test(arguments: ["feature/x", "refs/heads/feature/x", "v1", "annotated", "refs/pull/7/head"])
    func `A branch, a tag or a full reference can be built`(name: String) async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            try sandbox.sh("git checkout -q -b feature/x", in: "upstream")
            let commit = try sandbox.commit("elsewhere")
            try sandbox.sh(
                "git tag v1; git tag -a -m t annotated; git update-ref refs/pull/7/head HEAD; git checkout -q main",
                in: "upstream"
            )
            try await fetch(["url": .string(url), "branch": .string(name)], sandbox)
            #expect(try sandbox.head(of: "workspace") == commit)
        }
    }

    @Test func `A hash is built in full or abbreviated, on the branch or on another one`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            let first = try sandbox.head(of: "upstream")
            try sandbox.commit("second")
            try sandbox.sh("git checkout -q -b other", in: "upstream")
            let other = try sandbox.commit("on other")
            try sandbox.sh("git checkout -q main", in: "upstream")
            for (index, hash) in [first, String(first.prefix(8)), other.uppercased(), String(other.prefix(10))]
                .enumerated()
            {
                try await fetch(
                    ["url": .string(url), "branch": "main", "hash": .string(hash)],
                    sandbox,
                    into: "w\(index)"
                )
                #expect(try sandbox.head(of: "w\(index)").hasPrefix(hash.lowercased()))
            }
        }
    }

    @Test func `A hash that nobody has is an error that names remote and hash`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            let hash = String(repeating: "ab", count: 20)
            let full = try sandbox.project(["url": .string(url), "hash": .string(hash)])
            let error = await fetchError(full, into: try sandbox.directory("workspace"))
            #expect(error?.code == .failed)
            #expect(
                error?.message.hasPrefix(
                    "No branch or tag of the remote \"origin\" (file://\(url)) contains the commit \(hash), and it does not "
                        + "hand it out by its id: "
                ) == true,
                "\(error?.message ?? "")"
            )
            let short = try sandbox.project(["url": .string(url), "hash": "abababab", "remote": "up"])
            #expect(
                await fetchError(short, into: sandbox.path("workspace"))?.message
                    == "No branch or tag of the remote \"up\" (file://\(url)) contains a commit that begins with \"abababab\"."
            )
            #expect(try FileManager.default.contentsOfDirectory(atPath: sandbox.path("workspace")).isEmpty)
        }
    }

    @Test(arguments: [40, 12])
    func `A commit that is in the mirror is built without a word to its remote`(digits: Int) async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            let parent = try sandbox.head(of: "upstream")
            let built = try sandbox.commit("built")
            try await fetch(["url": .string(url), "branch": "main"], sandbox)
            try sandbox.sh("rm -rf upstream")
            for (index, commit) in [built, parent].enumerated() {
                let hash = JSONValue.string(String(commit.prefix(digits)))
                try await fetch(["url": .string(url), "branch": "gone", "hash": hash], sandbox, into: "again\(index)")
                #expect(try sandbox.head(of: "again\(index)") == commit)
            }
        }
    }

    @Test func `A missing branch is an error that lists those there are`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            try sandbox.sh("git branch develop", in: "upstream")
            let project = try sandbox.project(["url": .string(url), "branch": "gone"])
            #expect(
                await fetchError(project, into: try sandbox.directory("workspace"))?.message
                    == "The remote \"origin\" (file://\(url)) has no branch \"gone\". It has develop, main."
            )
        }
    }

    @Test(arguments: [("0123abc", true), ("cafe", false), ("0123abcx", false)])
    func `A commit that is given as a branch gets a hint`(branch: String, isHinted: Bool) async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            let project = try sandbox.project(["url": .string(url), "branch": .string(branch)])
            let hint = " If \"\(branch)\" is a commit, give it as \"hash\" (--hash) instead of \"branch\"."
            #expect(
                await fetchError(project, into: try sandbox.directory("workspace"))?.message
                    == "The remote \"origin\" (file://\(url)) has no branch \"\(branch)\". It has main."
                    + (isHinted ? hint : "")
            )
        }
    }

    @Test func `An empty repository is an error that says so`() async throws {
        try await Sandbox.with { sandbox in
            try sandbox.sh("git init -q -b main empty")
            let project = try sandbox.project(["url": .string(sandbox.path("empty"))])
            #expect(
                await fetchError(project, into: try sandbox.directory("workspace"))?.message
                    == "The remote \"origin\" (file://\(sandbox.path("empty"))) has no default branch. It is empty."
            )
        }
    }

    @Test func `A missing repository is an error with what the library said`() async throws {
        try await Sandbox.with { sandbox in
            let project = try sandbox.project(["url": .string(sandbox.path("nowhere")), "branch": "main"])
            let error = await fetchError(project, into: try sandbox.directory("workspace"))
            #expect(error?.code == .failed)
            let start =
                "Fetching the branch \"main\" of the remote \"origin\" (file://\(sandbox.path("nowhere"))) failed: "
            #expect(error?.message.hasPrefix(start) == true, "\(error?.message ?? "")")
        }
    }

    @Test func `A branch that moved is fetched anew, and one that became a directory too`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            try sandbox.sh("git checkout -q -b a", in: "upstream")
            try await fetch(["url": .string(url), "branch": "a"], sandbox, into: "first")
            let moved = try sandbox.commit("moved")
            try await fetch(["url": .string(url), "branch": "a"], sandbox, into: "second")
            #expect(try sandbox.head(of: "second") == moved)
            try sandbox.sh("git checkout -q main; git branch -D a; git checkout -q -b a/b", in: "upstream")
            let nested = try sandbox.commit("nested")
            try await fetch(["url": .string(url), "branch": "a/b"], sandbox, into: "third")
            #expect(try sandbox.head(of: "third") == nested)
            #expect(try sandbox.head(of: "second") == moved, "Earlier workspaces stay as they are.")
        }
    }

    @Test func `A branch that moves after it was resolved changes nothing for slaves`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            let resolved = try sandbox.head(of: "upstream")
            let master = try sandbox.project(["url": .string(url), "branch": "main"], fromMaster: false)
            let fetched = try await master.fetch(into: try sandbox.directory("workspace"))
            try sandbox.commit("moved")
            let slave = try sandbox.project(
                fetched.slaveParameters.values,
                on: "slave",
                role: .slave(master: DirectProjectSource(to: master)),
                fromMaster: false
            )
            _ = try await slave.fetch(into: try sandbox.directory("slave-workspace"))
            #expect(try sandbox.head(of: "slave-workspace") == resolved)
        }
    }

    @Test(arguments: [GitSettings.Transport.git, .libgit2])
    func `A hash that only a pull request has is found, in full and abbreviated`(
        transport: GitSettings.Transport
    ) async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            try sandbox.sh("git checkout -q -b pull", in: "upstream")
            let first = try sandbox.commit("first of two")
            let second = try sandbox.commit("second of two")
            try sandbox.sh(
                "git update-ref refs/pull/7/head HEAD; git checkout -q main; git branch -q -D pull",
                in: "upstream"
            )
            for (index, hash) in [first, second, String(first.prefix(9)), String(second.prefix(9))].enumerated() {
                let project = try sandbox.project(
                    ["url": .string(url), "hash": .string(hash)],
                    on: "machine\(index)",
                    transport: transport
                )
                _ = try await project.fetch(into: try sandbox.directory("w\(index)"))
                #expect(try sandbox.head(of: "w\(index)").hasPrefix(hash))
            }
        }
    }

    @Test(arguments: [GitSettings.Transport.git, .libgit2])
    func `Tags on what is fetched come along, also later ones, and moved ones move`(
        transport: GitSettings.Transport
    ) async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            try sandbox.sh(
                """
                git tag -a -m t v1; git tag plain; git checkout -q --orphan other; git commit -q --allow-empty -m o
                git tag elsewhere; git checkout -q main
                """,
                in: "upstream"
            )
            let mirror = try Mirror(of: try GitURL(url), below: sandbox.path("master/git"))
            func tags() async throws -> [String] {
                let project = try sandbox.project(["url": .string(url), "branch": "main"], transport: transport)
                _ = try await project.fetch(into: try sandbox.directory(UUID().uuidString))
                return try mirror.withRepository { try Mirror.tags(in: $0).map { "\($0.name) \($0.id)" }.sorted() }
            }
            func upstream(_ names: String) throws -> [String] {
                try sandbox.sh("git for-each-ref --format='%(refname) %(objectname)' \(names)", in: "upstream")
                    .split(separator: "\n").map(String.init)
            }
            func expectTags(_ names: String) async throws {
                // The library's transport for local repositories transfers all references.
                let found = try await tags().filter { !$0.hasPrefix("refs/tags/elsewhere ") || transport == .git }
                let expected = try upstream(names)
                #expect(found == expected)
            }
            try await expectTags("refs/tags/plain refs/tags/v1")
            try sandbox.sh("git tag -a -m u v2; git tag -d plain; git tag late", in: "upstream")
            try await expectTags("refs/tags/late refs/tags/v1 refs/tags/v2")
            try sandbox.commit("second")
            try sandbox.sh("git tag -f v1; git tag -d late; git tag late/r", in: "upstream")
            try await expectTags("refs/tags/late/r refs/tags/v1 refs/tags/v2")
        }
    }

    @Test func `A shallow repository is built on master and slave, and its history grows with it`() async throws {
        try await Sandbox.with { sandbox in
            try sandbox.makeRepository()
            try sandbox.commit("second")
            try sandbox.sh("git clone -q --depth 1 file://$PWD/upstream shallow")
            let url = sandbox.path("shallow")
            func build(_ name: String) async throws {
                let master = try sandbox.project(["url": .string(url)])
                let fetched = try await master.fetch(into: try sandbox.directory("master-\(name)"))
                let slave = try sandbox.project(
                    fetched.slaveParameters.values,
                    on: "slave",
                    role: .slave(master: DirectProjectSource(to: master))
                )
                _ = try await slave.fetch(into: try sandbox.directory("slave-\(name)"))
            }
            try await build("one")
            #expect(try sandbox.sh("git log --format=%s; git status --porcelain", in: "slave-one") == "second")
            try sandbox.commit("third")
            try sandbox.sh("git pull -q", in: "shallow")
            try await build("two")
            #expect(try sandbox.sh("git log --format=%s", in: "slave-two") == "third\nsecond")
            try sandbox.sh("git fetch -q --unshallow", in: "shallow")
            try await build("three")
            #expect(try sandbox.sh("git log --format=%s", in: "master-three") == "third\nsecond\nfirst")
        }
    }

    private func fetch(
        _ values: [String: JSONValue],
        _ sandbox: Sandbox,
        into workspace: String = "workspace"
    ) async throws {
        _ = try await sandbox.project(values).fetch(into: sandbox.directory(workspace))
    }
}

/// A master that must not be asked.
struct NoMaster: ProjectSource {
    func request(_ body: [UInt8]) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        throw ClusterRunnerError(.invalidState, "Nobody should ask the master here.")
    }
}
