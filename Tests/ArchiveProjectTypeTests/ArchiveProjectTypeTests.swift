import ClusterRunnerConcurrency
import ClusterRunnerFiles
import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import Logging
import Testing

@testable import ArchiveProjectType

@Suite(.timeLimit(.minutes(10))) struct ArchiveProjectTypeTests {
    private static let listing =
        "find . -mindepth 1 -printf '%P %y %m %l\\n' | LC_ALL=C sort; find . -type f -exec sha256sum {} + | LC_ALL=C sort"

    @Test func `The type obeys the rules of project types`() async throws {
        try await withScratchDirectory { scratch in
            try sh("mkdir p-1; echo 'echo hi' > p-1/run.sh; ln -s run.sh p-1/link; tar czf p.tar.gz p-1", in: scratch)
            try await ProjectTypeConformance(
                ArchiveProjectType.self,
                validParameters: ["url": .string("file://\(scratch)/p.tar.gz")]
            ) {
                ProjectContext(
                    storageDirectory: $0,
                    role: $1,
                    archives: machineArchives,
                    logger: Logger(label: "conformance")
                )
            }.run()
        }
    }

    /// Uploads a folder, fetches it on the master and on a slave, and expects the same files everywhere.
    private func passOn(_ folder: String, _ master: MasterInProcess, _ scratch: String) async throws {
        let parameters = try await ArchiveProjectType.upload(
            ProjectParameters(["path": .string(folder), "no_ignore": true]),
            to: master
        )
        let places = try ["master", "slave"].map { name in
            let place = "\(scratch)/\(name)-\(UUID().uuidString)"
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            return place
        }
        let fetched = try await master.make(parameters).fetch(into: places[0])
        _ = try await master.makeSlave(fetched.slaveParameters, storage: "\(scratch)/slave").fetch(into: places[1])
        let expected = try sh(Self.listing, in: folder)
        for place in places { #expect(try sh(Self.listing, in: place) == expected) }
    }

    @Test func `A folder arrives as it is, and only what is new is sent`() async throws {
        try await withScratchDirectory { scratch in
            let folder = "\(scratch)/p"
            try sh(
                """
                mkdir -p p/src/x p/empty; cd p; echo a > src/a; echo a > src/copy; echo b > src/x/b; chmod 755 src/a
                chmod 600 src/x/b; ln -s ../src/a src/x/link; ln -s /nowhere out; touch zero; head -c 9000000 /dev/urandom > large
                """,
                in: scratch
            )
            let master = MasterInProcess("\(scratch)/storage")
            try await passOn(folder, master, scratch)
            #expect(master.pieces.map(\.count).sorted() == [2, 2, 611_392, 4_194_304, 4_194_304])
            #expect(master.reports == ["Uploading \(folder): 5 files, 4 new to the master (8 MiB)."])
            master.forget()
            try await passOn(folder, master, scratch)
            #expect(master.pieces == [])
            #expect(master.reports == ["Uploading \(folder): 5 files, none is new to the master."])
            try sh("echo c >> large; echo new > src/new", in: folder)
            master.forget()
            try await passOn(folder, master, scratch)
            #expect(master.pieces.map(\.count).sorted() == [4, 611_394])
        }
    }

    @Test func `The commit and the address of the repository are recorded without credentials`() async throws {
        try await withScratchDirectory { scratch in
            try sh(
                "git init -q -b main .; touch a; git add a; git commit -qm one; git remote add origin https://u:p@example.org/x.git",
                in: scratch
            )
            let master = MasterInProcess("\(scratch)/.git/storage")
            let commit = try sh("git rev-parse HEAD", in: scratch).trimmingCharacters(in: .newlines)
            let sent = try await ArchiveProjectType.upload(ProjectParameters(["path": .string(scratch)]), to: master)
            #expect(sent["base_commit"] == commit)
            #expect(sent["project"] == "https://example.org/x.git")
            #expect(try master.make(sent).projectID == "https://example.org/x.git")
            #expect(sent.values["path"] == nil)
        }
    }

    @Test func `An upload that broke off goes on where it stopped`() async throws {
        try await withScratchDirectory { scratch in
            try sh("mkdir p; for i in 1 2 3 4 5; do head -c 5000000 /dev/urandom > p/$i; done", in: scratch)
            let master = MasterInProcess("\(scratch)/storage")
            let parameters = ProjectParameters(["path": .string("\(scratch)/p")])
            let count = Lock(0)
            master.forget { message in
                guard case .pieces = message else { return }
                if count.withLock({
                    $0 += 1; return $0
                }) == 3 {
                    throw ClusterRunnerError(.unavailable, "Broken off.")
                }
            }
            await #expect(throws: ClusterRunnerError.self) {
                try await ArchiveProjectType.upload(parameters, to: master)
            }
            let first = master.pieces.reduce(0) { $0 + $1.count }
            master.forget()
            _ = try await ArchiveProjectType.upload(parameters, to: master)
            #expect(first > 0)
            #expect(first + master.pieces.reduce(0) { $0 + $1.count } == 25_000_000)
        }
    }

    @Test func `A file that is written during the upload is read again`() async throws {
        try await withScratchDirectory { scratch in
            try sh("mkdir p; echo one > p/a", in: scratch)
            let master = MasterInProcess("\(scratch)/storage")
            let changes = Lock(1)
            let change: @Sendable (UploadMessage) throws -> Void = { message in
                guard case .tree = message,
                    changes.withLock({
                        $0 -= 1; return $0
                    }) >= 0
                else { return }
                try sh("echo $RANDOM$RANDOM > p/a", in: scratch)
            }
            master.forget(change)
            try await passOn("\(scratch)/p", master, scratch)
            try sh("echo something else > p/a", in: scratch)
            changes.withLock { $0 = 100 }
            let error = await #expect(throws: ClusterRunnerError.self) {
                try await ArchiveProjectType.upload(ProjectParameters(["path": .string("\(scratch)/p")]), to: master)
            }
            #expect(error?.message.hasPrefix("\"a\" in \"\(scratch)/p\" changes again and again") == true)
        }
    }

    @Test func `What is too large or has no room is refused before it is sent`() async throws {
        try await withScratchDirectory { scratch in
            try sh("mkdir p none; head -c 3000000 /dev/zero > p/a", in: scratch)
            let parameters = ProjectParameters(["path": .string("\(scratch)/p")])
            for master in [
                MasterInProcess("\(scratch)/s", byteLimit: 2 << 20), MasterInProcess("\(scratch)/s", room: 2 << 20),
            ] {
                let error = await #expect(throws: ClusterRunnerError.self) {
                    try await ArchiveProjectType.upload(parameters, to: master)
                }
                #expect(
                    error?.message.contains("max_upload_mb of the master is 2.") ?? false || error?.code == .unavailable
                )
                #expect(master.pieces == [])
            }
            let master = MasterInProcess("\(scratch)/s")
            for (path, text) in [("none", "no file to upload"), ("x", "There is no folder or archive")] {
                let error = await #expect(throws: ClusterRunnerError.self) {
                    try await ArchiveProjectType.upload(
                        ProjectParameters(["path": .string("\(scratch)/\(path)")]),
                        to: master
                    )
                }
                #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
            }
        }
    }

    @Test func `A piece that is damaged on a slave is fetched again, one on the master is an error`() async throws {
        try await withScratchDirectory { scratch in
            try sh("mkdir p; echo one > p/a; echo two > p/b", in: scratch)
            let master = MasterInProcess("\(scratch)/storage")
            try await passOn("\(scratch)/p", master, scratch)
            try sh("for f in $(find slave/archive/contents -type f); do echo no! > $f; done", in: scratch)
            try await passOn("\(scratch)/p", master, scratch)
            try sh("for f in $(find storage/archive/contents -type f); do echo no! > $f; done", in: scratch)
            let error = await #expect(throws: ClusterRunnerError.self) {
                try await passOn("\(scratch)/p", master, scratch)
            }
            #expect(error?.message.hasPrefix("The content of \"a\" is not on the master, or it is damaged") == true)
            try await passOn("\(scratch)/p", master, scratch)
        }
    }

    @Test func `A slave gets the files of its own build only`() async throws {
        try await withScratchDirectory { scratch in
            try sh("mkdir p q w; echo one > p/a; echo two > q/a", in: scratch)
            let master = MasterInProcess("\(scratch)/storage")
            let sent = try await ArchiveProjectType.upload(
                ProjectParameters(["path": .string("\(scratch)/p")]),
                to: master
            )
            _ = try await ArchiveProjectType.upload(ProjectParameters(["path": .string("\(scratch)/q")]), to: master)
            let project = try master.make(sent)
            let own = TreeRequest.pieces([try ContentHash(of: Array("one\n".utf8))])
            await #expect(throws: ClusterRunnerError.self) { try await project.export(own.encoded) }
            let fetched = try await project.fetch(into: "\(scratch)/w")
            _ = try await project.export(own.encoded)
            let foreign = TreeRequest.pieces([try ContentHash(of: Array("two\n".utf8))])
            await #expect(throws: ClusterRunnerError.self) { try await project.export(foreign.encoded) }
            let resumed = try master.make(sent)
            try await resumed.resume(with: fetched.slaveParameters)
            _ = try await resumed.export(own.encoded)
        }
    }

    @Test(arguments: ["tar", "tar.gz", "tar.xz", "tar.bz2", "zip"])
    func `An archive is unpacked without the one folder that all is in, and pinned`(format: String) async throws {
        try await withScratchDirectory { scratch in
            try sh(
                """
                mkdir -p p-1/src w v; echo a > p-1/src/a; chmod 755 p-1/src/a; ln -s src/a p-1/link
                case \(format) in zip) python3 -c 'import shutil; shutil.make_archive("p", "zip", ".", "p-1")';;
                *) tar caf p.\(format) p-1;; esac; sha256sum p.\(format) | cut -c1-64 > sum
                """,
                in: scratch
            )
            let sum = try sh("cat sum", in: scratch).trimmingCharacters(in: .newlines)
            let master = MasterInProcess("\(scratch)/storage")
            let url = "file://\(scratch)/p.\(format)"
            let parameters = ProjectParameters(["url": .string(url), "digest": .string("sha256:\(sum)")])
            let fetched = try await master.make(parameters).fetch(into: "\(scratch)/w")
            #expect(try sh("cat src/a", in: "\(scratch)/w") == "a\n")
            let pinned = ArchiveProjectType.pinned(parameters, to: fetched.slaveParameters)
            try sh("echo b > p-1/src/a; tar caf q.tar p-1; mv q.tar p.\(format)", in: scratch)
            // The files are still known, whatever the archive is now.
            _ = try await master.make(pinned).fetch(into: "\(scratch)/v")
            #expect(try sh("cat src/a", in: "\(scratch)/v") == "a\n")
            let error = await #expect(throws: ClusterRunnerError.self) {
                try await master.make(parameters).fetch(into: "\(scratch)/v")
            }
            #expect(error?.message.hasPrefix("The archive at \(url) has the SHA-256") == true)
            #expect(DirectoryListing.texts(in: "\(scratch)/storage/archive/scratch").isEmpty)
        }
    }

    @Test func `Parameters that make no sense are refused by name`() throws {
        let wrong: [([String: JSONValue], String)] = [
            ([:], "needs \"url\""), (["url": "ftp://x/y"], "\"url\" must begin with"),
            (["url": "x.tar"], "\"url\" must begin with"),
            (["path": "/x"], "\"path\" is for"), (["tree": "12"], "\"tree\" must be a SHA-256"),
            (["url": "http://x/y", "digest": "md5:12"], "\"digest\" must be a SHA-256"),
            (
                [
                    "tree": .string(String(repeating: "0", count: 64)),
                    "digest": .string(String(repeating: "0", count: 64)),
                ], "which is missing"
            ),
            (["url": "http://x/y", "project_directory": "../x"], "\"project_directory\" must be"),
            (["url": "http://x/y", "project_directory": "/x"], "\"project_directory\" must be"),
        ]
        for (values, text) in wrong {
            let error = #expect(throws: ClusterRunnerError.self) { try ArchiveParameters(ProjectParameters(values)) }
            #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
            #expect(error?.code == .invalidArgument)
        }
        let secret = try ArchiveParameters(ProjectParameters(["url": "https://u:p@x/y?token=1"]))
        #expect(secret.project == "https://***@x/y")
    }
}
