import ClusterRunnerConcurrency
import ClusterRunnerConformance
import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import Testing

@testable import GitProjectType

@Suite struct HandOverTests {
    @Test func `A slave needs only the objects it lacks`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            let first = try await handOver(url, sandbox, "first")
            #expect(first.received > 100_000, "The first pack has everything.")
            let child = try sandbox.commit("child")
            let second = try await handOver(url, sandbox, "second")
            #expect(try sandbox.head(of: "second-slave") == child)
            #expect((1..<2_000).contains(second.received), "The second pack has the new objects only.")
            let third = try await handOver(url, sandbox, "third")
            #expect(third.received == 0, "A commit that is here is not asked for.")
        }
    }

    @Test func `A slave's workspace is as good as the master's`() async throws {
        try await Sandbox.with { sandbox in
            _ = try await handOver(try sandbox.makeRepository(), sandbox, "build")
            #expect(try sandbox.sh("git status --porcelain; git fsck --no-progress", in: "build-slave") == "")
            #expect(try sandbox.sh("git log --format=%s", in: "build-slave") == "first")
        }
    }

    @Test func `A slave that has nothing gets the pack that the master fetched, if there is only one`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            let mirror = try Mirror(of: try GitURL(url), below: sandbox.path("master/git"))
            _ = try await handOver(url, sandbox, "first")
            let fetched = try Data(contentsOf: URL(filePath: try #require(try mirror.onlyPack())))
            let master = try sandbox.project(["url": .string(url)])
            _ = try await master.fetch(into: try sandbox.directory("again"))
            #expect(try await pack(of: sandbox.head(of: "again"), url, from: master) == Array(fetched))

            let child = try sandbox.commit("child")
            _ = try await master.fetch(into: try sandbox.directory("child"))
            #expect(try mirror.onlyPack() == nil)
            let made = try await pack(of: child, url, from: master)
            #expect(made.count > 100_000 && made != Array(fetched))
        }
    }

    @Test func `Objects outside of the only pack are not forgotten`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            let mirror = try Mirror(of: try GitURL(url), below: sandbox.path("master/git"))
            _ = try await handOver(url, sandbox, "first")
            #expect(try mirror.onlyPack() != nil)
            try sandbox.sh("git --git-dir '\(mirror.path)' hash-object -w --stdin <<< new")
            #expect(try mirror.onlyPack() == nil)
        }
    }

    @Test(arguments: [0, 11, 50_000])
    func `A truncated pack is a clear error and marks nothing`(length: Int) async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            let master = try sandbox.project(["url": .string(url)])
            let fetched = try await master.fetch(into: try sandbox.directory("workspace"))
            let commit = try sandbox.head(of: "workspace")
            let line = Line(to: master) { Array($0.prefix(length)) }
            let slave = try sandbox.project(fetched.slaveParameters.values, on: "slave", role: .slave(master: line))
            let error = await fetchError(slave, into: try sandbox.directory("slave-workspace"))
            #expect(
                error?.message.hasPrefix(
                    "The pack that the master sent for the commit \(commit) of file://\(url) is incomplete or damaged: "
                ) == true,
                "\(error?.message ?? "")"
            )
            #expect(try marks(on: "slave", url, sandbox) == "")
            try await fetchAgain(fetched, master, sandbox, expecting: commit)
        }
    }

    @Test func `A pack that lacks an object is refused before the commit is marked`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            let parent = try sandbox.head(of: "upstream")
            try sandbox.commit("child")
            let master = try sandbox.project(["url": .string(url)])
            let fetched = try await master.fetch(into: try sandbox.directory("workspace"))
            let commit = try sandbox.head(of: "workspace")
            // Claims to have the parent, so that the master leaves out data that the slave needs.
            let partial = ExportRequest(repository: "file://\(url)", commit: commit, have: [parent])
            let line = Line(to: master, replacingRequest: try partial.bytes)
            let slave = try sandbox.project(fetched.slaveParameters.values, on: "slave", role: .slave(master: line))
            let error = await fetchError(slave, into: try sandbox.directory("slave-workspace"))
            #expect(
                error?.message.contains("is incomplete or damaged: object not found") == true,
                "\(error?.message ?? "")"
            )
            #expect(try marks(on: "slave", url, sandbox) == "")
            try await fetchAgain(fetched, master, sandbox, expecting: commit)
        }
    }

    @Test(arguments: ["blob", "tree"])
    func `The check finds a missing file or directory`(kind: String) async throws {
        try await Sandbox.with { sandbox in
            try sandbox.makeRepository()
            let commit = try #require(ObjectID(hex: sandbox.head(of: "upstream")))
            let path = kind == "blob" ? "sub/deep/file" : "sub"
            let id = try sandbox.sh("git rev-parse HEAD:\(path)", in: "upstream")
            try check(commit, "upstream", sandbox)
            try sandbox.sh("rm -f .git/objects/\(id.prefix(2))/\(id.dropFirst(2))", in: "upstream")
            let failure = #expect(throws: GitFailure.self) { try check(commit, "upstream", sandbox) }
            #expect(failure?.message.contains(id) == true, "\(failure?.message ?? "")")
        }
    }

    @Test func `The master hands out nothing that is not a part of the build`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            let old = try sandbox.head(of: "upstream")
            let commit = try sandbox.commit("new")
            let master = try sandbox.project(["url": .string(url)])
            let before = ExportRequest(repository: "file://\(url)", commit: commit, have: [])
            await refused(
                before,
                by: master,
                "The commit \"\(commit)\" of \"file://\(url)\" is not a part of this build."
            )
            _ = try await master.fetch(into: try sandbox.directory("workspace"))
            let other = ExportRequest(repository: "file://\(url)", commit: old, have: [])
            await refused(other, by: master, "The commit \"\(old)\" of \"file://\(url)\" is not a part of this build.")
            let elsewhere = ExportRequest(repository: "/etc", commit: commit, have: [])
            await refused(elsewhere, by: master, "The commit \"\(commit)\" of \"/etc\" is not a part of this build.")
            _ = try await master.export(before.bytes)
            await master.teardown()
            await refused(
                before,
                by: master,
                "The commit \"\(commit)\" of \"file://\(url)\" is not a part of this build."
            )
        }
    }

    @Test func `A malformed or huge request is refused`() async throws {
        try await Sandbox.with { sandbox in
            let master = try sandbox.project(["url": "/srv/r"])
            let malformed = await #expect(throws: ClusterRunnerError.self) { try await master.export(Array("{}".utf8)) }
            #expect(malformed?.code == .invalidArgument)
            #expect(malformed?.message == "A request for commits is malformed.")
            let huge = [UInt8](repeating: 32, count: 1 << 20 + 1)
            let error = await #expect(throws: ClusterRunnerError.self) { try await master.export(huge) }
            #expect(error?.code == .tooLarge)
        }
    }

    @Test func `Slaves that claim nonsense get the whole pack`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            let master = try sandbox.project(["url": .string(url)])
            _ = try await master.fetch(into: try sandbox.directory("workspace"))
            let commit = try sandbox.head(of: "workspace")
            let have = ["x", "../..", String(repeating: "1", count: 40)]
            let request = ExportRequest(repository: "file://\(url)", commit: commit, have: have)
            var size = 0
            for try await bytes in try await master.export(request.bytes) { size += bytes.count }
            #expect(size > 100_000)
        }
    }

    @Test func `Many slaves take the same pack at once`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            let master = try sandbox.project(["url": .string(url)])
            let fetched = try await master.fetch(into: try sandbox.directory("workspace"))
            try await withThrowingTaskGroup { group in
                for index in 1...8 {
                    let slave = try sandbox.project(
                        fetched.slaveParameters.values,
                        on: "slave-\(index)",
                        role: .slave(master: DirectProjectSource(to: master))
                    )
                    let workspace = try sandbox.directory("workspace-\(index)")
                    group.addTask { _ = try await slave.fetch(into: workspace) }
                }
                try await group.waitForAll()
            }
            let expected = try FileTree(of: sandbox.path("workspace"), ignoring: [".git"])
            for index in 1...8 {
                #expect(try FileTree(of: sandbox.path("workspace-\(index)"), ignoring: [".git"]) == expected)
            }
        }
    }

    @Test func `Master and slave may share one storage directory`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            let master = try sandbox.project(["url": .string(url)], on: "shared")
            let fetched = try await master.fetch(into: try sandbox.directory("workspace"))
            let slave = try sandbox.project(
                fetched.slaveParameters.values,
                on: "shared",
                role: .slave(master: NoMaster())
            )
            _ = try await slave.fetch(into: try sandbox.directory("slave-workspace"))
            #expect(try sandbox.head(of: "slave-workspace") == sandbox.head(of: "workspace"))
        }
    }

    // MARK: -

    private func handOver(_ url: String, _ sandbox: Sandbox, _ name: String) async throws -> Line {
        let master = try sandbox.project(["url": .string(url)])
        let fetched = try await master.fetch(into: try sandbox.directory("\(name)-master"))
        let line = Line(to: master)
        let slave = try sandbox.project(fetched.slaveParameters.values, on: "slave", role: .slave(master: line))
        _ = try await slave.fetch(into: try sandbox.directory("\(name)-slave"))
        return line
    }

    /// Returns the pack for a slave without any data.
    private func pack(of commit: String, _ url: String, from master: GitProjectType) async throws -> [UInt8] {
        let request = ExportRequest(repository: "file://\(url)", commit: commit, have: [])
        return try await master.export(request.bytes).reduce(into: []) { $0 += $1 }
    }

    private func fetchAgain(
        _ fetched: FetchedProject,
        _ master: GitProjectType,
        _ sandbox: Sandbox,
        expecting commit: String
    ) async throws {
        let source = DirectProjectSource(to: master)
        let slave = try sandbox.project(fetched.slaveParameters.values, on: "slave", role: .slave(master: source))
        _ = try await slave.fetch(into: try sandbox.directory("again"))
        #expect(try sandbox.head(of: "again") == commit)
    }

    private func marks(on machine: String, _ url: String, _ sandbox: Sandbox) throws -> String {
        let mirror = try Mirror(of: try GitURL(url), below: sandbox.path("\(machine)/git"))
        return try sandbox.sh("git --git-dir '\(mirror.path)' for-each-ref")
    }

    private func check(_ commit: ObjectID, _ repository: String, _ sandbox: Sandbox) throws {
        LibGit2.start()
        let mirror = try Mirror(url: GitURL("/x"), path: sandbox.path("\(repository)/.git"))
        try mirror.withRepository { try Connectivity(repository: $0, stop: StopFlag()).check(commit, knowing: []) }
    }

    private func refused(_ request: ExportRequest, by master: GitProjectType, _ message: String) async {
        let error = await #expect(throws: ClusterRunnerError.self) { try await master.export(request.bytes) }
        #expect(error?.code == .notFound)
        #expect(error?.message == message)
    }
}

/// A line to the master that counts and can change the bytes.
private final class Line: ProjectSource {
    private let master: GitProjectType
    private let otherRequest: [UInt8]?
    private let change: @Sendable ([UInt8]) -> [UInt8]
    private let count = Lock(0)

    init(
        to master: GitProjectType,
        replacingRequest request: [UInt8]? = nil,
        change: @escaping @Sendable ([UInt8]) -> [UInt8] = { $0 }
    ) {
        self.master = master
        otherRequest = request
        self.change = change
    }

    /// The number of bytes from the master.
    var received: Int { count.withLock { $0 } }

    func request(_ body: [UInt8]) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        let isPack = try ExportRequest(body).kind == .pack
        let request = isPack ? otherRequest ?? body : body
        var answer: [UInt8] = []
        for try await bytes in try await master.export(request) { answer += bytes }
        let changed = isPack ? change(answer) : answer
        count.withLock { $0 += changed.count }
        let (stream, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        if !changed.isEmpty { continuation.yield(changed) }
        continuation.finish()
        return stream
    }
}
