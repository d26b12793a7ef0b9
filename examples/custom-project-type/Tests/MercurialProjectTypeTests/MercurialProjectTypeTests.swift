import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import Testing

@testable import MercurialProjectType

@Suite(.timeLimit(.minutes(10))) struct MercurialProjectTypeTests {
    @Test func `The type obeys the rules of project types`() async throws {
        try await Sandbox.with { sandbox in
            let url = try await sandbox.makeRepository()
            try await ProjectTypeConformance(
                MercurialProjectType.self,
                validParameters: ["url": .string(url), "job_name": "Tests"],
                privateNames: [".hg"]
            ).run()
        }
    }

    @Test func `Without a name of a changeset, the tip of the branch default is built`() async throws {
        try await Sandbox.with { sandbox in
            let url = try await sandbox.makeRepository()
            let fetched = try await sandbox.project(["url": .string(url)]).fetch(into: try sandbox.directory("work"))
            #expect(fetched.directory.text == sandbox.path("work"))
            #expect(try sandbox.read("work/file.txt") == "newest\n")
            #expect(fetched.slaveParameters["hash"] == (try await sandbox.hash(of: "default", in: "upstream")))
        }
    }

    @Test(arguments: [("branch", "stable", "max(branch(stable))"), ("tag", "v1", "tag(v1)")])
    func `A branch or a tag names a changeset`(parameter: String, name: String, revision: String) async throws {
        try await Sandbox.with { sandbox in
            let url = try await sandbox.makeRepository()
            let project = try sandbox.project(["url": .string(url), parameter: .string(name)])
            let fetched = try await project.fetch(into: try sandbox.directory("work"))
            let hash = try await sandbox.hash(of: revision, in: "upstream")
            #expect(try await sandbox.hash(in: "work") == hash)
            #expect(fetched.slaveParameters["hash"] == hash)
            #expect(fetched.slaveParameters[parameter] == nil)
        }
    }

    @Test func `The name of a branch is no expression`() async throws {
        try await Sandbox.with { sandbox in
            let url = try await sandbox.makeRepository()
            try await sandbox.sh("hg branch -q 'a or b é'; echo odd > file.txt; hg commit -qm odd", in: "upstream")
            let project = try sandbox.project(["url": .string(url), "branch": "a or b é"])
            _ = try await project.fetch(into: try sandbox.directory("work"))
            #expect(try sandbox.read("work/file.txt") == "odd\n")
        }
    }

    @Test(arguments: [40, 12, 6])
    func `A hash names a changeset, in full and abbreviated`(digits: Int) async throws {
        try await Sandbox.with { sandbox in
            let url = try await sandbox.makeRepository()
            let hash = try await sandbox.hash(of: "0", in: "upstream")
            let given = String(hash.prefix(digits)).uppercased()
            let project = try sandbox.project(["url": .string(url), "hash": .string(given)])
            let fetched = try await project.fetch(into: try sandbox.directory("work"))
            #expect(fetched.slaveParameters["hash"] == hash)
            #expect(try sandbox.read("work/file.txt") == "one\n")
        }
    }

    @Test func `A changeset that the mirror has needs no server`() async throws {
        try await Sandbox.with { sandbox in
            let url = try await sandbox.makeRepository()
            let hash = try await sandbox.hash(of: "0", in: "upstream")
            _ = try await sandbox.project(["url": .string(url)]).fetch(into: try sandbox.directory("one"))
            try await sandbox.sh("mv upstream away")
            let again = try sandbox.project(["url": .string(url), "hash": .string(hash)])
            _ = try await again.fetch(into: try sandbox.directory("two"))
            #expect(try sandbox.read("two/file.txt") == "one\n")
        }
    }

    @Test func `The workspace is a repository of its own that names its source`() async throws {
        try await Sandbox.with { sandbox in
            let url = try await sandbox.makeRepository()
            _ = try await sandbox.project(["url": .string(url)]).fetch(into: try sandbox.directory("work"))
            #expect(try await sandbox.sh("hg id --id", in: "work").count == 12)
            #expect(try await sandbox.sh("hg log -T '{desc} ' -r 'ancestors(.)'", in: "work") == "first third")
            #expect(try await sandbox.sh("hg paths default", in: "work") == "file://\(url)")
            #expect(try await sandbox.sh("hg status", in: "work") == "")
            try await sandbox.sh("for d in work master; do find $d -type f -printf '%i\\n' | sort > $d.inodes; done")
            #expect(try await sandbox.sh("comm -12 work.inodes master.inodes") == "", "They share files.")
        }
    }

    @Test func `A retry is pinned to the changeset that was built`() {
        let request = ProjectParameters(["url": "/r", "branch": "stable", "job_name": "Tests"])
        let fetched = ProjectParameters(["url": "/r", "hash": "0123"])
        #expect(
            MercurialProjectType.pinned(request, to: fetched)
                == ProjectParameters(["url": "/r", "hash": "0123", "job_name": "Tests"])
        )
    }

    @Test func `Names of files and directories are bytes`() async throws {
        try await Sandbox.with { sandbox in
            let url = try await sandbox.makeRepository()
            try await sandbox.sh(
                #"d=$(printf 'caf\xe9'); mkdir "$d"; echo latin > "$d/$(printf '\xff.txt')"; hg commit -qAm latin"#,
                in: "upstream"
            )
            let path = ByteString(Array("caf".utf8) + [0xE9])
            let master = try sandbox.project(["url": .string(url), "project_directory": path.json])
            let fetched = try await master.fetch(into: try sandbox.directory("work"))
            #expect(fetched.directory == ByteString(Array(sandbox.path("work/caf").utf8) + [0xE9]))
            _ = try await sandbox.slave(of: master, fetched).fetch(into: try sandbox.directory("copy"))
            #expect(try await sandbox.sh(#"cat copy/$(printf 'caf\xe9/\xff.txt')"#) == "latin")
        }
    }

    @Test func `The repository's own path may have any bytes`() async throws {
        try await Sandbox.with { sandbox in
            try await sandbox.makeRepository()
            try await sandbox.sh(#"mv upstream "$(printf 'a#b %% \xe9')""#)
            let project = try sandbox.project(["url": .string("file://\(sandbox.root)/a%23b%20%25%20%E9")])
            _ = try await project.fetch(into: try sandbox.directory("work"))
            #expect(try sandbox.read("work/file.txt") == "newest\n")
        }
    }

    @Test func `Hooks of the account do not run, and its extensions do`() async throws {
        try await Sandbox.with { sandbox in
            let url = try await sandbox.makeRepository()
            try await sandbox.sh(
                """
                printf '[hooks]\\nincoming = touch %s/hooked\\nupdate = touch %s/hooked\\n' '\(sandbox.root)' \
                    '\(sandbox.root)' > hgrc
                printf '[share]\\npool = %s/pool\\n[extensions]\\nshare =\\n[alias]\\nclone = false\\n' \
                    '\(sandbox.root)' >> hgrc
                printf 'import os\\ndef reposetup(ui, repo):\\n    open("%s/extended", "w")\\n' '\(sandbox.root)' > e.py
                printf '[extensions]\\nmine = %s/e.py\\n' '\(sandbox.root)' >> hgrc
                """
            )
            let environment = ["HGRCPATH": sandbox.path("hgrc")]
            let project = try sandbox.project(["url": .string(url)], environment: environment)
            _ = try await project.fetch(into: try sandbox.directory("work"))
            let exists = { FileManager.default.fileExists(atPath: sandbox.path($0)) }
            #expect(exists("extended") && !exists("hooked") && !exists("pool"))
        }
    }

    @Test func `Teardown leaves nothing but the mirror`() async throws {
        try await Sandbox.with { sandbox in
            let url = try await sandbox.makeRepository()
            let master = try sandbox.project(["url": .string(url)])
            let fetched = try await master.fetch(into: try sandbox.directory("work"))
            _ = try await sandbox.slave(of: master, fetched).fetch(into: try sandbox.directory("copy"))
            await master.teardown()
            await master.teardown()
            let scratch = sandbox.path("master/mercurial/scratch")
            #expect(try FileManager.default.contentsOfDirectory(atPath: scratch).isEmpty)
            #expect(try FileManager.default.fileExists(atPath: sandbox.mirror()))
        }
    }

    @Test func `Files of a service that was killed are removed after a week`() async throws {
        try await Sandbox.with { sandbox in
            let scratch = Scratch(in: sandbox.root)
            let path = try scratch.newPath("hgrc")
            try Data().write(to: URL(filePath: path))
            let other = Scratch(in: sandbox.root)
            other.removeStale(now: .now + 6 * 24 * 3_600)
            #expect(FileManager.default.fileExists(atPath: path))
            other.removeStale(now: .now + 8 * 24 * 3_600)
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }
}
