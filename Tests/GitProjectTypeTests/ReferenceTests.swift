import ClusterRunnerConcurrency
import ClusterRunnerConformance
import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import Testing

@testable import GitProjectType

/// The tags and branches that workspaces have beside their commit.
@Suite struct ReferenceTests {
    /// The transfer of the project to a slave.
    enum Way: CaseIterable {
        case fromMaster
        case fromRemote
    }

    /// Lists the names of references with the real git.
    private static let list = "git for-each-ref --format='%(objectname) %(refname) %(symref)'"

    /// Fetches on a master and on a slave.
    private func build(
        _ values: [String: JSONValue],
        _ sandbox: Sandbox,
        _ way: Way = .fromMaster
    ) async throws {
        let master = try sandbox.project(values, fromMaster: way == .fromMaster)
        let fetched = try await master.fetch(into: try sandbox.directory("workspace"))
        let slave = try sandbox.project(
            fetched.slaveParameters.values,
            on: "slave",
            role: .slave(master: DirectProjectSource(to: master))
        )
        _ = try await slave.fetch(into: try sandbox.directory("slave-workspace"))
        await master.teardown()
        #expect(try sandbox.sh(Self.list, in: "slave-workspace") == sandbox.sh(Self.list, in: "workspace"))
        try sandbox.sh("git fsck --no-progress --no-dangling --connectivity-only", in: "slave-workspace")
    }

    private func names(_ sandbox: Sandbox, _ workspace: String = "workspace") throws -> [String] {
        try sandbox.sh("git for-each-ref --format='%(refname)'", in: workspace).split(separator: "\n").map(String.init)
    }

    @Test(arguments: Way.allCases)
    func `A job can ask for its version and for what it changes`(way: Way) async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            try sandbox.sh("git tag -a v1.2.0 -m release; git tag light", in: "upstream")
            try sandbox.commit("on main")
            try sandbox.sh("git checkout -q -b feature/x", in: "upstream")
            try sandbox.commit("on the branch", to: "new")
            try sandbox.sh("git checkout -q main", in: "upstream")
            let main = try sandbox.commit("later on main")
            try await build(["url": .string(url), "branch": "feature/x"], sandbox, way)
            for workspace in ["workspace", "slave-workspace"] {
                #expect(try sandbox.sh("git describe --tags", in: workspace).hasPrefix("v1.2.0-2-g"))
                #expect(try sandbox.sh("git diff --name-only origin/main...", in: workspace) == "new")
                #expect(try sandbox.sh("git rev-parse origin/HEAD origin/main", in: workspace) == "\(main)\n\(main)")
                #expect(
                    try names(sandbox, workspace) == [
                        "refs/remotes/origin/HEAD", "refs/remotes/origin/feature/x", "refs/remotes/origin/main",
                        "refs/tags/light", "refs/tags/v1.2.0",
                    ]
                )
                #expect(try sandbox.sh("git status --porcelain; git fsck --no-progress", in: workspace) == "")
            }
        }
    }

    @Test(arguments: Way.allCases)
    func `A kept workspace follows tags and branches that move, come and go`(way: Way) async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            for change in [
                "git tag -a v1 -m 1; git tag old; git branch side", "git tag -f -a v1 -m 2; git tag -d old",
                "git commit -q --allow-empty -m two", "git tag v2 HEAD~1; git tag old HEAD~1",
                "git tag -f v2 HEAD; git tag -a nested -m n v1",
                "git commit -q --amend --allow-empty -m other", "git branch -m main trunk",
                "git tag -d v1 v2 old nested", "git tag a", "git tag -d a; git tag a/b",
            ] {
                try sandbox.sh(change, in: "upstream")
                try await build(["url": .string(url)], sandbox, way)
                let branch = try sandbox.sh("git branch --show-current", in: "upstream")
                let expected = try sandbox.sh(
                    """
                    echo "$(git rev-parse HEAD) refs/remotes/origin/HEAD refs/remotes/origin/\(branch)"
                    echo "$(git rev-parse HEAD) refs/remotes/origin/\(branch) "
                    git for-each-ref --merged HEAD --format='%(objectname) %(refname) %(symref)' refs/tags
                    """,
                    in: "upstream"
                )
                let found = try sandbox.sh(Self.list, in: "workspace")
                #expect(found.split(separator: "\n") == expected.split(separator: "\n"), "\(change)")
            }
        }
    }

    @Test(arguments: Way.allCases)
    func `A tag that appears on a commit which everybody has reaches the slaves`(way: Way) async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            try await build(["url": .string(url)], sandbox, way)
            try sandbox.sh("git tag -a late -m late", in: "upstream")
            try await build(["url": .string(url)], sandbox, way)
            #expect(try sandbox.sh("git describe", in: "slave-workspace") == "late")
        }
    }

    @Test func `Tags of other branches stay out`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            let first = try sandbox.head(of: "upstream")
            try sandbox.sh("git tag root; git checkout -q -b side", in: "upstream")
            try sandbox.commit("on the side")
            try sandbox.sh("git tag side; git tag blob HEAD:file.txt; git checkout -q main", in: "upstream")
            try sandbox.commit("on main")
            try sandbox.sh("git tag main-only", in: "upstream")
            try await build(["url": .string(url), "branch": "side"], sandbox)
            #expect(try sandbox.sh("git tag", in: "slave-workspace") == "root\nside")
            try await build(["url": .string(url)], sandbox)
            #expect(try sandbox.sh("git tag", in: "slave-workspace") == "main-only\nroot")
            try await build(["url": .string(url), "hash": .string(first)], sandbox)
            #expect(try sandbox.sh("git tag", in: "slave-workspace") == "root")
        }
    }

    @Test(arguments: Way.allCases)
    func `Names of references are bytes`(way: Way) async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            try sandbox.sh(
                #"""
                git tag $'caf\xe9'; git tag $'caf\xc3\xa9'; git tag $'cafe\xcc\x81'; git tag -a $'\xf0\x9f\x9a\x80' -m rocket
                git branch -m main $'br\xfcnch'
                """#,
                in: "upstream"
            )
            try await build(["url": .string(url)], sandbox, way)
            try sandbox.sh(
                #"""
                git -C slave-workspace rev-parse --verify $'origin/br\xfcnch'
                diff <(git -C slave-workspace tag) <(git -C upstream tag); test $(git -C upstream tag | wc -l) = 4
                """#
            )
        }
    }

    @Test(arguments: [GitSettings.Transport.git, .libgit2])
    func `Two spellings of one name are two branches`(transport: GitSettings.Transport) async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            try sandbox.sh("git checkout -q -b $'caf\\xc3\\xa9'", in: "upstream")
            let composed = try sandbox.commit("composed")
            try sandbox.sh("git checkout -q -b $'cafe\\xcc\\x81'", in: "upstream")
            let decomposed = try sandbox.commit("decomposed")
            for (branch, commit) in [("caf\u{E9}", composed), ("cafe\u{301}", decomposed)] {
                let project = try sandbox.project(
                    ["url": .string(url), "branch": .string(branch)],
                    transport: transport
                )
                _ = try await project.fetch(into: try sandbox.directory("workspace"))
                #expect(try sandbox.head(of: "workspace") == commit)
                #expect(try sandbox.sh("git rev-parse 'origin/\(branch)'", in: "workspace") == commit)
            }
        }
    }

    @Test(arguments: Way.allCases)
    func `Submodules have their tags and branches`(way: Way) async throws {
        try await Sandbox.with { sandbox in
            try sandbox.makeRepository("inner")
            try sandbox.sh("git tag -a inner-1 -m 1", in: "inner")
            let url = try sandbox.makeRepository()
            try sandbox.sh("git submodule --quiet add ../inner mod; git commit -qm mod", in: "upstream")
            try await build(["url": .string(url)], sandbox, way)
            #expect(try sandbox.sh("git describe", in: "slave-workspace/mod") == "inner-1")
            #expect(try names(sandbox, "slave-workspace/mod").contains("refs/remotes/origin/main"))
        }
    }

    @Test func `Many tags are read and handed on, and packed in the mirror`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            try sandbox.sh(
                "for i in $(seq 3000); do echo create refs/tags/t$i HEAD; done | git update-ref --stdin",
                in: "upstream"
            )
            try await build(["url": .string(url)], sandbox)
            #expect(try sandbox.sh("git tag | wc -l", in: "slave-workspace") == "3000")
            let mirror = try Mirror(of: try GitURL(url), below: sandbox.path("master/git"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(mirror.path)/refs/tags").isEmpty)
        }
    }

    @Test func `Of more objects than fit into a request, a slave asks for all`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            try await build(["url": .string(url)], sandbox)
            try sandbox.sh(
                """
                for i in $(seq \(ExportRequest.itemLimit + 1)); do
                  printf 'tag refs/tags/t%s\\nfrom refs/heads/main\\ntagger A <a@b> 0 +0000\\ndata 1\\nx\\n' $i
                done | git fast-import --quiet
                """,
                in: "upstream"
            )
            let master = try sandbox.project(["url": .string(url)])
            let fetched = try await master.fetch(into: try sandbox.directory("workspace"))
            let counter = CountingSource(to: master)
            let slave = try sandbox.project(fetched.slaveParameters.values, on: "slave", role: .slave(master: counter))
            _ = try await slave.fetch(into: try sandbox.directory("slave-workspace"))
            #expect(try sandbox.sh("git tag | wc -l", in: "slave-workspace") == "\(ExportRequest.itemLimit + 1)")
            #expect(
                try counter.requests.map { try ExportRequest($0) }.filter { $0.kind == .pack }.map(\.items) == [["all"]]
            )
        }
    }

    @Test func `The pack for a slave has only tags that it lacks`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            try sandbox.sh(
                "for i in $(seq 50); do git tag -a t$i -m \"$(head -c 4000 /dev/urandom | base64)\"; done",
                in: "upstream"
            )
            try await build(["url": .string(url)], sandbox)
            try sandbox.sh("git tag -a last -m last", in: "upstream")
            let master = try sandbox.project(["url": .string(url)])
            let fetched = try await master.fetch(into: try sandbox.directory("workspace"))
            let counter = CountingSource(to: master)
            let slave = try sandbox.project(fetched.slaveParameters.values, on: "slave", role: .slave(master: counter))
            _ = try await slave.fetch(into: try sandbox.directory("slave-workspace"))
            #expect(try sandbox.sh("git cat-file -t last", in: "slave-workspace") == "tag")
            #expect(counter.received < 10_000, "\(counter.received) bytes for one tag")
        }
    }

    @Test func `A build can be retried when its remote is gone, with the references of then`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            try sandbox.sh("git tag v1", in: "upstream")
            let commit = try sandbox.head(of: "upstream")
            try await build(["url": .string(url)], sandbox, .fromRemote)
            try sandbox.sh("rm -rf upstream")
            try await build(["url": .string(url), "hash": .string(commit)], sandbox, .fromRemote)
            #expect(try names(sandbox, "slave-workspace").contains("refs/remotes/origin/main"))
            #expect(try sandbox.sh("git describe --tags", in: "slave-workspace") == "v1")
        }
    }

    @Test func `A restarted master still hands out the references of its builds`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            try sandbox.sh("git tag v1", in: "upstream")
            let fetched = try await sandbox.project(["url": .string(url)]).fetch(
                into: try sandbox.directory("workspace")
            )
            try sandbox.sh("git tag -d v1; git tag v2", in: "upstream")
            _ = try await sandbox.project(["url": .string(url)]).fetch(into: try sandbox.directory("workspace"))
            let restarted = try sandbox.project(["url": .string(url)])
            try await restarted.resume(with: fetched.slaveParameters)
            let slave = try sandbox.project(
                fetched.slaveParameters.values,
                on: "slave",
                role: .slave(master: DirectProjectSource(to: restarted))
            )
            _ = try await slave.fetch(into: try sandbox.directory("slave-workspace"))
            #expect(try sandbox.sh("git tag", in: "slave-workspace") == "v1")
        }
    }

    @Test func `A list that reads as another one is none`() throws {
        LibGit2.start()
        let id = try #require(ObjectID(hex: String(repeating: "1", count: 40)))
        let list = ReferenceList(
            [.init(name: "refs/tags/v1", id: id, peeled: id), .init(name: "refs/heads/main", id: id)],
            defaultBranch: "refs/heads/main"
        )
        #expect(ReferenceList(list.bytes) == list)
        for text in [
            "\(id) refs/../../etc\n", "\(id) refs/heads/a b\n", "\(id) refs/notes/x\n", "\(id)\n", "^\(id)\n",
            "x refs/tags/v\n",
            "\(id) HEAD\n",
        ] {
            #expect(ReferenceList(Array(text.utf8)) == nil, "\(text)")
        }
    }

    @Test func `What was found of the last commit's history is right for the next one`() async throws {
        try await Sandbox.with { sandbox in
            try sandbox.makeRepository()
            try sandbox.sh(
                """
                for b in left right; do
                    git checkout -q -b $b main; for i in 1 2 3 4; do git commit -q --allow-empty -m $b$i; done
                done
                git checkout -q -b merged left; git merge -q -m merged right
                git log --all --format=%H > ids
                """,
                in: "upstream"
            )
            let ids = try sandbox.read("upstream/ids").split(separator: "\n").compactMap { ObjectID(hex: String($0)) }
            LibGit2.start()
            try Mirror(url: GitURL("/x"), path: sandbox.path("upstream/.git")).withRepository { repository in
                let ancestry = Ancestry(repository: repository, stop: StopFlag(), cache: sandbox.path("cache"))
                for commit in ids + ids.reversed() {
                    let expected = try sandbox.sh("git log --format=%H \(commit)", in: "upstream")
                        .split(separator: "\n").compactMap { ObjectID(hex: String($0)) }
                    #expect(try ancestry.ancestors(of: commit, among: Set(ids)) == Set(expected))
                }
            }
        }
    }
}

/// A line to the master that counts the received bytes.
private final class CountingSource: ProjectSource {
    private let master: GitProjectType
    private let count = Lock(0)
    private let asked = Lock<[[UInt8]]>([])

    init(to master: GitProjectType) {
        self.master = master
    }

    var received: Int { count.withLock { $0 } }
    var requests: [[UInt8]] { asked.withLock { $0 } }

    func request(_ body: [UInt8]) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        asked.withLock { $0.append(body) }
        var answer: [UInt8] = []
        for try await bytes in try await master.export(body) { answer += bytes }
        count.withLock { $0 += answer.count }
        let (stream, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        continuation.yield(answer)
        continuation.finish()
        return stream
    }
}
