import ClusterRunnerConformance
import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import Testing

@testable import GitProjectType

@Suite struct SubmoduleTests {
    @Test func `Submodules of submodules are checked out at the commits they are named at`() async throws {
        try await Sandbox.with { sandbox in
            let url = try makeNested(sandbox)
            try sandbox.commit("newer", in: "leaf")
            let master = try sandbox.project(["url": .string(url)])
            let fetched = try await master.fetch(into: try sandbox.directory("workspace"))
            #expect(try sandbox.read("workspace/libs/middle/leaf/file.txt") == "one\n")
            #expect(try sandbox.sh("git status --porcelain", in: "workspace") == "")
            #expect(try sandbox.sh("git status --porcelain", in: "workspace/libs/middle") == "")
            let list = try #require(fetched.slaveParameters.values["checkouts"]?.array)
            #expect(list.map { $0.object?["path"] } == ["", "libs/middle", "libs/middle/leaf"])
        }
    }

    @Test func `A slave gets the submodules from the master`() async throws {
        try await Sandbox.with { sandbox in
            let master = try sandbox.project(["url": .string(try makeNested(sandbox))])
            let fetched = try await master.fetch(into: try sandbox.directory("workspace"))
            // The master's data suffice: the remotes are gone.
            try sandbox.sh("rm -rf upstream middle leaf")
            let slave = try sandbox.project(
                fetched.slaveParameters.values,
                on: "slave",
                role: .slave(master: DirectProjectSource(to: master))
            )
            let copy = try await slave.fetch(into: try sandbox.directory("slave-workspace"))
            #expect(
                try FileTree(of: copy.directory.escaped, ignoring: [".git"])
                    == FileTree(of: fetched.directory.escaped, ignoring: [".git"])
            )
            #expect(try sandbox.sh("git status --porcelain", in: "slave-workspace/libs/middle/leaf") == "")
        }
    }

    @Test func `A submodule that would start a program is refused`() async throws {
        try await Sandbox.with { sandbox in
            let url = try makeNested(sandbox)
            try sandbox.sh("git config -f .gitmodules submodule.middle.url 'ext::touch pwned'", in: "upstream")
            try sandbox.sh("git commit -qam hostile", in: "upstream")
            let project = try sandbox.project(["url": .string(url)])
            let error = await fetchError(project, into: try sandbox.directory("workspace"))
            #expect(error?.message.contains("\"ext::touch pwned\" is not an address of a git repository") == true)
        }
    }

    @Test func `A path that would leave the workspace names no submodule`() async throws {
        try await Sandbox.with { sandbox in
            let url = try makeNested(sandbox)
            try sandbox.sh("git config -f .gitmodules submodule.middle.path ../../out", in: "upstream")
            try sandbox.sh("git commit -qam hostile", in: "upstream")
            let project = try sandbox.project(["url": .string(url)])
            _ = try await project.fetch(into: try sandbox.directory("below/workspace"))
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: sandbox.path("below")).sorted()
                    == ["workspace", "workspace.state"]
            )
            #expect(!FileManager.default.fileExists(atPath: sandbox.path("out")))
        }
    }

    @Test(arguments: ["path ../../elsewhere", "path /absolute", "url 'ext::touch pwned'"])
    func `A stale entry may say what it likes`(setting: String) async throws {
        try await Sandbox.with { sandbox in
            let url = try makeNested(sandbox)
            try sandbox.sh(
                """
                git config -f .gitmodules submodule.old.path gone; git config -f .gitmodules submodule.old.url ../gone
                git config -f .gitmodules submodule.old.\(setting); git commit -qam stale
                """,
                in: "upstream"
            )
            _ = try await sandbox.project(["url": .string(url)]).fetch(into: try sandbox.directory("workspace"))
            #expect(try sandbox.read("workspace/libs/middle/leaf/file.txt") == "one\n")
        }
    }

    @Test func `A submodule that says update = none stays an empty directory`() async throws {
        try await Sandbox.with { sandbox in
            let url = try makeNested(sandbox)
            try sandbox.sh(
                "git config -f .gitmodules submodule.middle.update none; git commit -qam none; rm -rf ../middle",
                in: "upstream"
            )
            _ = try await sandbox.project(["url": .string(url)]).fetch(into: try sandbox.directory("workspace"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: sandbox.path("workspace/libs/middle")) == [])
        }
    }

    @Test func `Submodules are nested deeper than anybody needs`() async throws {
        try await Sandbox.with { sandbox in
            try sandbox.makeRepository("level40")
            try sandbox.sh(
                """
                for i in $(seq 39 -1 1); do
                    git init -q -b main level$i
                    printf '[submodule "s"]\n\tpath = s\n\turl = ../level%d\n' $((i + 1)) > level$i/.gitmodules
                    git -C level$i add .
                    git -C level$i update-index --add --cacheinfo 160000,$(git -C level$((i + 1)) rev-parse HEAD),s
                    git -C level$i commit -qm $i
                done
                """
            )
            let project = try sandbox.project(["url": .string(sandbox.path("level1"))])
            _ = try await project.fetch(into: try sandbox.directory("workspace"))
            let deepest = Array(repeating: "s", count: 39).joined(separator: "/")
            #expect(try sandbox.read("workspace/\(deepest)/file.txt") == "one\n")
        }
    }

    @Test func `A submodule's commit is found behind a pull request, and where HEAD names nothing`() async throws {
        try await Sandbox.with { sandbox in
            try sandbox.makeRepository("leaf")
            try sandbox.sh("git checkout -q -b pull", in: "leaf")
            let commit = try sandbox.commit("proposed", in: "leaf")
            try sandbox.sh(
                """
                git update-ref refs/pull/1/head HEAD; git checkout -q main; git branch -q -D pull
                git symbolic-ref HEAD refs/heads/nothing
                """,
                in: "leaf"
            )
            let url = try sandbox.makeRepository()
            try sandbox.sh(
                """
                printf '[submodule "leaf"]\n\tpath = leaf\n\turl = ../leaf\n' > .gitmodules; git add .gitmodules
                git update-index --add --cacheinfo 160000,\(commit),leaf; git commit -qm leaf
                """,
                in: "upstream"
            )
            for transport in [GitSettings.Transport.git, .libgit2] {
                let project = try sandbox.project(["url": .string(url)], on: "\(transport)", transport: transport)
                _ = try await project.fetch(into: try sandbox.directory("workspace-\(transport)"))
                #expect(try sandbox.head(of: "workspace-\(transport)/leaf") == commit)
            }
        }
    }

    @Test func `An entry for which the commit has no submodule is ignored`() async throws {
        try await Sandbox.with { sandbox in
            let url = try makeNested(sandbox)
            try sandbox.sh(
                "git config -f .gitmodules submodule.old.path sub; git config -f .gitmodules submodule.old.url ../gone",
                in: "upstream"
            )
            try sandbox.sh("git commit -qam stale", in: "upstream")
            _ = try await sandbox.project(["url": .string(url)]).fetch(into: try sandbox.directory("workspace"))
            #expect(try sandbox.read("workspace/sub/deep/file") == "nested\n")
        }
    }

    /// Makes a repository with a submodule that has a submodule, by relative addresses.
    private func makeNested(_ sandbox: Sandbox) throws -> String {
        try sandbox.makeRepository("leaf")
        try sandbox.makeRepository("middle")
        try sandbox.sh("git submodule -q add ../leaf leaf; git commit -qm leaf", in: "middle")
        let url = try sandbox.makeRepository()
        try sandbox.sh(
            "git submodule -q add --name middle ../middle libs/middle; git commit -qm middle",
            in: "upstream"
        )
        return url
    }
}
