import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import Testing

@testable import GitProjectType

/// Files with contents in Git LFS, with the real git-lfs.
@Suite struct LFSTests {
    enum Way: CaseIterable {
        case fromMaster
        case fromRemote
    }

    /// Makes a repository with files in Git LFS, by a rule at the root and by one in a directory.
    private func makeRepository(_ sandbox: Sandbox) throws -> String {
        let url = try sandbox.makeRepository()
        try sandbox.sh(
            """
            git lfs install --local > /dev/null; echo '*.dat filter=lfs diff=lfs merge=lfs -text' > .gitattributes
            mkdir -p deep/er; echo 'raw* filter=lfs -text' > deep/.gitattributes; echo 'raw.no !filter' > deep/er/.gitattributes
            head -c 300000 /dev/urandom > big.dat; echo small > $'sp ace\\xe9.dat'; echo deep > deep/er/raw.x
            echo plain > deep/er/raw.no; echo plain > raw.y; echo run > tool.dat; chmod +x tool.dat; : > empty.dat
            printf 'version https://git-lfs.github.com/spec/v1\\noid sha256:%064d\\nsize 5\\n' 0 > pointer.txt
            git add -A; git commit -qm lfs
            """,
            in: "upstream"
        )
        return url
    }

    private func build(
        _ url: String,
        _ sandbox: Sandbox,
        _ way: Way = .fromMaster,
        environment: [String: String] = Sandbox.environment,
        change: @escaping @Sendable ([UInt8]) -> [UInt8] = { $0 }
    ) async throws -> FetchedProject {
        let values = ["url": JSONValue.string(url)]
        let master = try sandbox.project(values, fromMaster: way == .fromMaster, environment: environment)
        let fetched = try await master.fetch(into: try sandbox.directory("workspace"))
        // A slave without git-lfs, and without the program if it need not fetch.
        let slave = try sandbox.project(
            fetched.slaveParameters.values,
            on: "slave",
            role: .slave(master: ChangingSource(to: master, change: change)),
            environment: environment.merging(["GIT_LFS_SKIP_SMUDGE": "1"]) { $1 }
        )
        _ = try await slave.fetch(into: try sandbox.directory("slave-workspace"))
        await master.teardown()
        return fetched
    }

    /// Returns the differences of a workspace from the upstream's own files, according to `diff`; git sees no change,
    /// with the filter of git-lfs or without.
    private func difference(_ sandbox: Sandbox, _ workspace: String) throws -> String {
        try sandbox.sh(
            """
            diff -r --no-dereference --exclude .git \(workspace) upstream || true
            test -x \(workspace)/tool.dat || echo mode
            git -C \(workspace) status --porcelain
            git -C \(workspace) -c filter.lfs.clean='git-lfs clean -- %f' -c filter.lfs.required=true status --porcelain
            """
        )
    }

    @Test(arguments: Way.allCases)
    func `Contents take the place of pointers, on the master and on slaves`(way: Way) async throws {
        try await Sandbox.with { sandbox in
            let url = try makeRepository(sandbox)
            for change in [
                "true", "head -c 300000 /dev/urandom > big.dat",
                "echo two > deep/er/raw.x; git rm -q tool.dat; echo n > tool.dat; chmod +x tool.dat",
                "git mv big.dat moved.dat", "echo '*.y filter=lfs' >> .gitattributes; git rm -q --cached raw.y",
                "git rm -q deep/.gitattributes; git add --renormalize .",
            ] {
                try sandbox.sh("\(change); git add -A; git commit -q --allow-empty -m change", in: "upstream")
                #expect(try await build(url, sandbox, way).notes == [])
                for workspace in ["workspace", "slave-workspace"] {
                    let difference = try difference(sandbox, workspace)
                    #expect(difference == "", "\(change)")
                }
            }
        }
    }

    @Test func `What a job did to contents is undone, and contents that it left alone are not written again`()
        async throws
    {
        try await Sandbox.with { sandbox in
            let url = try makeRepository(sandbox)
            _ = try await build(url, sandbox)
            let stamp = "stat -c '%i %y' big.dat deep/er/raw.x"
            for mess in [
                "true", "echo spoilt > big.dat; touch -d 2001-01-01 deep/er/raw.x; rm tool.dat",
                "git lfs install --local; git lfs pull -I big.dat",
                "cp -p big.dat x; echo >> x; truncate -s 300000 x; mv x big.dat",
                "git lfs uninstall --local; git checkout -qf .; rm -rf .git",
                "rm -rf ../master/git/*/lfs/tmp; git show HEAD:big.dat > big.dat",
            ] {
                for workspace in ["workspace", "slave-workspace"] { try sandbox.sh(mess, in: workspace) }
                _ = try await build(url, sandbox)
                let before = try sandbox.sh(stamp, in: "slave-workspace")
                for workspace in ["workspace", "slave-workspace"] {
                    let difference = try difference(sandbox, workspace)
                    #expect(difference == "", "\(mess)")
                }
                // A change within the last tick of the clock was examined by the build before.
                _ = try await build(url, sandbox)
                #expect(try sandbox.sh(stamp, in: "slave-workspace") == before, "\(mess)")
            }
        }
    }

    @Test func `A slave gets only the contents that it lacks, and the master asks for none twice`() async throws {
        try await Sandbox.with { sandbox in
            let url = try makeRepository(sandbox)
            _ = try await build(url, sandbox)
            try sandbox.sh("echo next > new.dat; git add -A; git commit -qm next", in: "upstream")
            let received = Lock(0)
            _ = try await build(url, sandbox) { bytes in
                received.withLock { $0 += bytes.count }
                return bytes
            }
            #expect(received.withLock { $0 } < 5_000)
            // The master has all it needs: the server's contents are gone.
            try sandbox.sh("rm -rf .git/lfs; git commit -q --allow-empty -m more", in: "upstream")
            #expect(try await build(url, sandbox).notes == [])
            #expect(try difference(sandbox, "slave-workspace") == "")
        }
    }

    @Test func `Without git-lfs the files are counted in a note`() async throws {
        try await Sandbox.with { sandbox in
            let url = try makeRepository(sandbox)
            try sandbox.sh("mkdir bin; for p in git ssh sh; do ln -s $(command -v $p) bin/$p; done")
            var environment = Sandbox.environment
            environment["PATH"] = sandbox.path("bin")
            let fetched = try await build(url, sandbox, environment: environment)
            #expect(
                fetched.notes == [
                    "4 files are Git LFS pointers without their contents, such as \"big.dat\": git-lfs is not installed on "
                        + "the master."
                ]
            )
            #expect(
                try sandbox.read("slave-workspace/big.dat").hasPrefix("version https://git-lfs.github.com/spec/v1\n")
            )
            #expect(try sandbox.sh("git status --porcelain", in: "slave-workspace") == "")
            // Once it is there, so are the contents.
            #expect(try await build(url, sandbox).notes == [])
            #expect(try difference(sandbox, "slave-workspace") == "")
        }
    }

    @Test(arguments: [
        ("GIT_LFS_SKIP_SMUDGE=1", "GIT_LFS_SKIP_SMUDGE is set in the environment of the master"),
        (
            "GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=http.extraHeader GIT_CONFIG_VALUE_0=X:y",
            "http.extraHeader in git's configuration is not limited to an address; use http.URL.extraHeader"
        ),
        (
            "GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=lfs.fetchexclude GIT_CONFIG_VALUE_0=*",
            "git-lfs leaves them out, by its configuration or by .lfsconfig"
        ),
    ])
    func `An account may do without contents, and the note says why`(variables: String, reason: String) async throws {
        try await Sandbox.with { sandbox in
            let url = try makeRepository(sandbox)
            var environment = Sandbox.environment
            for pair in variables.split(separator: " ") {
                let parts = pair.split(separator: "=", maxSplits: 1)
                environment[String(parts[0])] = String(parts[1])
            }
            let notes = try await build(url, sandbox, environment: environment).notes
            #expect(notes.count == 1 && notes.first?.hasSuffix(": \(reason).") == true, "\(notes)")
        }
    }

    @Test func `A content that the remote has lost ends the build, and the mirror stays`() async throws {
        try await Sandbox.with { sandbox in
            let url = try makeRepository(sandbox)
            try sandbox.sh("rm -rf .git/lfs/objects", in: "upstream")
            let error = await fetchError(
                try sandbox.project(["url": .string(url)]),
                into: try sandbox.directory("workspace")
            )
            let commit = try sandbox.head(of: "upstream")
            #expect(
                error?.message.hasPrefix(
                    "Fetching the Git LFS contents of the commit \(commit) of file://\(url) failed: "
                )
                    == true,
                "\(error?.message ?? "")"
            )
            #expect(error?.message.contains("missing object") == true && error?.message.hasSuffix("..") == false)
        }
    }

    @Test
    func `A content that arrives damaged is sent again, and one that lies damaged on the master is fetched again`()
        async throws
    {
        try await Sandbox.with { sandbox in
            let url = try makeRepository(sandbox)
            let mirror = try Mirror(of: try GitURL(url), below: sandbox.path("master/git"))
            _ = try await sandbox.project(["url": .string(url)]).fetch(into: try sandbox.directory("workspace"))
            try sandbox.sh(
                "for f in $(find '\(mirror.path)/lfs/objects' -type f); do cp $f $f.x; mv $f.x $f; printf X | dd of=$f conv=notrunc 2>/dev/null; done"
            )
            _ = try await build(url, sandbox)
            #expect(try difference(sandbox, "slave-workspace") == "")
        }
    }

    @Test func `An address in .lfsconfig is used, unless it leads from the network to a directory`() async throws {
        try await Sandbox.with { sandbox in
            let url = try makeRepository(sandbox)
            try sandbox.sh(
                """
                git clone -q --bare . ../store.git; cp -r .git/lfs ../store.git/; rm -rf .git/lfs/objects
                git config -f .lfsconfig lfs.url 'file://\(sandbox.path("store.git"))'; git add -A; git commit -qm config
                """,
                in: "upstream"
            )
            _ = try await build(url, sandbox)
            #expect(try sandbox.sh("wc -c < big.dat", in: "slave-workspace") == "300000")
            try await TestServer.git(sandbox) { port in
                let project = try sandbox.project(["url": .string("git://127.0.0.1:\(port)/upstream/.git")])
                let error = await fetchError(project, into: try sandbox.directory("refused"))
                #expect(
                    error?.message
                        == "The Git LFS address \"file://\(sandbox.path("store.git"))\" in .lfsconfig is a local directory, "
                        + "which a repository from \"git://127.0.0.1:\(port)/upstream/.git\" must not name."
                )
            }
        }
    }

    @Test func `Submodules have their contents`() async throws {
        try await Sandbox.with { sandbox in
            let inner = try makeRepository(sandbox)
            try sandbox.sh("mv upstream inner")
            let url = try sandbox.makeRepository()
            try sandbox.sh("git submodule --quiet add ../inner mod; git commit -qm mod", in: "upstream")
            _ = try await build(url, sandbox)
            #expect(
                try sandbox.sh(
                    "diff -r --exclude .git slave-workspace/mod inner; git -C slave-workspace status --porcelain"
                ) == ""
            )
            #expect(!inner.isEmpty)
        }
    }

    @Test func `A master hands out only contents of its build`() async throws {
        try await Sandbox.with { sandbox in
            let url = try makeRepository(sandbox)
            let master = try sandbox.project(["url": .string(url)])
            _ = try await master.fetch(into: try sandbox.directory("workspace"))
            let commit = try sandbox.head(of: "workspace")
            for item in ["../../../HEAD", String(repeating: "0", count: 64), "", "x"] {
                let request = ExportRequest(.contents, repository: "file://\(url)", commit: commit, items: [item])
                for try await bytes in try await master.export(request.bytes) {
                    Issue.record("\(bytes.count) bytes for \(item)")
                }
            }
        }
    }

    @Test func `A slave asks for many contents in portions, of which the master takes each`() async throws {
        try await Sandbox.with { sandbox in
            let number = 2 * ExportRequest.itemLimit + 1
            let commit = try #require(ObjectID(hex: String(repeating: "1", count: 40)))
            var files = LFSFiles(commit: commit, isUsed: true)
            for index in 0..<number {
                let hash = String(repeating: "0", count: 57) + String(1_000_000 + index)
                let content = try #require(LFSContent(hash: hash, size: "1"))
                files.files[FileName("\(index)".utf8)] = LFSFiles.File(blob: commit, content: content)
            }
            let mirror = try Mirror(of: try GitURL("/srv/r"), below: sandbox.path("slave/git"))
            let contents = LFSContents(files: files, store: LFSStore(of: mirror))
            var checkout = Checkout(path: "", url: try GitURL("/srv/r"), commit: commit)
            checkout.hasContents = true
            let master = EmptySource()
            try await sandbox.project(["url": "/srv/r"]).take(contents, of: checkout, from: master)
            let items = try master.requests.map { try ExportRequest($0).items }
            #expect(items.map(\.count) == [ExportRequest.itemLimit, ExportRequest.itemLimit, 1])
            #expect(Set(items.joined()).count == number)
        }
    }

    @Test(arguments: [
        // Bytes that do not match the hash, too few bytes, trailing bytes, and no list at all.
        "HASH 5\nwrong", "HASH 5\nrig", "HASH 5\nrightHASH", "HASH\nright", "\(String(repeating: "x", count: 200))",
    ])
    func `Contents that are not what they are called are not kept`(text: String) async throws {
        try await Sandbox.with { sandbox in
            let hash = try sandbox.sh("printf right | sha256sum | cut -c 1-64")
            let store = LFSStore(of: try Mirror(of: try GitURL("/srv/r"), below: sandbox.path("slave/git")))
            let receiver = LFSReceiver(store: store)
            #expect(throws: LFSDamage.self) {
                for byte in text.replacing("HASH", with: hash).utf8 { try receiver.take([byte]) }
                try receiver.end()
            }
            let content = try #require(LFSContent(hash: hash, size: "5"))
            #expect(store.has(content) == text.contains(" 5\nright"))
        }
    }

    @Test func `Hashes are those of sha256sum`() throws {
        for length in [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 1000, 100_000] {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
            let hash = try ContentHasher()
            // In pieces of other sizes than its blocks.
            for start in stride(from: 0, to: length, by: 37) {
                try bytes[start..<min(length, start + 37)].withUnsafeBytes { try hash.update($0) }
            }
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/sha256sum")
            let (input, output) = (Pipe(), Pipe())
            process.standardInput = input
            process.standardOutput = output
            try process.start()
            input.fileHandleForWriting.write(Data(bytes))
            try input.fileHandleForWriting.close()
            let answer = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            #expect(try hash.finish().description == String(answer.prefix(64)), "\(length) bytes")
        }
    }

    @Test(arguments: [
        "version https://git-lfs.github.com/spec/v2\noid sha256:HASH\nsize 5\n", "oid sha256:HASH\nsize 5\n",
        "version https://git-lfs.github.com/spec/v1\noid sha256:HASHx\nsize 5\n",
        "version https://git-lfs.github.com/spec/v1\noid sha256:HASH\nsize -5\n",
        "version https://git-lfs.github.com/spec/v1\noid sha256:HASH\nsize 99999999999999999999\n",
        "version https://git-lfs.github.com/spec/v1\next-0-x sha256:HASH\noid sha256:HASH\nsize 5\n",
    ])
    func `A text that is not quite a pointer is none`(text: String) {
        let hash = String(repeating: "a", count: 64)
        #expect(LFSContent(pointer: Array(text.replacing("HASH", with: hash).utf8)) == nil)
        let right = "version https://git-lfs.github.com/spec/v1\noid sha256:\(hash)\nsize 5\n"
        #expect(LFSContent(pointer: Array(right.utf8))?.size == 5)
    }
}

/// A line to the master that can change the bytes.
private struct ChangingSource: ProjectSource {
    let master: GitProjectType
    let change: @Sendable ([UInt8]) -> [UInt8]

    init(to master: GitProjectType, change: @escaping @Sendable ([UInt8]) -> [UInt8]) {
        (self.master, self.change) = (master, change)
    }

    func request(_ body: [UInt8]) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        let answer = try await master.export(body)
        let (stream, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        for try await bytes in answer { continuation.yield(change(bytes)) }
        continuation.finish()
        return stream
    }
}

/// A master without data that records the requests.
private final class EmptySource: ProjectSource {
    private let asked = Lock<[[UInt8]]>([])

    var requests: [[UInt8]] { asked.withLock { $0 } }

    func request(_ body: [UInt8]) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        asked.withLock { $0.append(body) }
        return AsyncThrowingStream { $0.finish() }
    }
}
