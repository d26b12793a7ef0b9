import ClusterRunnerConformance
import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import Testing

@testable import GitProjectType

@Suite struct WorkspaceTests {
    @Test func `A workspace is a clean repository with the remote and no credentials`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            let project = try sandbox.project(["url": .string(url), "remote": "up"])
            let fetched = try await project.fetch(into: try sandbox.directory("workspace"))
            #expect(fetched.directory.text == sandbox.path("workspace"))
            #expect(try sandbox.sh("git status --porcelain", in: "workspace") == "")
            #expect(try sandbox.sh("git remote get-url up", in: "workspace") == "file://\(url)")
            #expect(try sandbox.sh("git log --format=%s", in: "workspace") == "first")
            #expect(try sandbox.sh("git describe --always", in: "workspace").isEmpty == false)
            let difference = try FileTree(of: url, ignoring: [".git"])
                .differences(from: FileTree(of: fetched.directory.escaped, ignoring: [".git"]))
            #expect(difference.isEmpty)
        }
    }

    @Test func `What a job does in its workspace reaches neither the mirror nor other workspaces`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            _ = try await sandbox.project(["url": .string(url)]).fetch(into: try sandbox.directory("one"))
            _ = try await sandbox.project(["url": .string(url)]).fetch(into: try sandbox.directory("two"))
            try sandbox.sh("echo x > file.txt; git commit -qam mine; git gc -q --prune=now; rm -rf *", in: "one")
            #expect(try sandbox.sh("git status --porcelain; git fsck --no-progress", in: "two") == "")
            _ = try await sandbox.project(["url": .string(url)]).fetch(into: try sandbox.directory("three"))
            #expect(try sandbox.read("three/file.txt") == "one\n")
        }
    }

    @Test func `Builds of many commits at once do not touch each other`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            let commits = try (1...6).map { try sandbox.commit("number \($0)") }
            try await withThrowingTaskGroup { group in
                for commit in commits {
                    let project = try sandbox.project(["url": .string(url), "hash": .string(commit)])
                    let workspace = try sandbox.directory("workspace-\(commit)")
                    group.addTask { _ = try await project.fetch(into: workspace) }
                }
                try await group.waitForAll()
            }
            for (index, commit) in commits.enumerated() {
                #expect(try sandbox.read("workspace-\(commit)/file.txt") == "number \(index + 1)\n")
                #expect(try sandbox.head(of: "workspace-\(commit)") == commit)
                #expect(try sandbox.sh("git status --porcelain", in: "workspace-\(commit)") == "")
            }
        }
    }

    @Test func `The project may lie in a directory of the repository`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            let project = try sandbox.project(["url": .string(url), "project_directory": "sub/deep/"])
            let fetched = try await project.fetch(into: try sandbox.directory("workspace"))
            #expect(fetched.directory.text == sandbox.path("workspace/sub/deep"))
        }
    }

    @Test(arguments: ["nowhere", "file.txt"])
    func `A project directory that is none is an error`(path: String) async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            let project = try sandbox.project(["url": .string(url), "project_directory": .string(path)])
            #expect(
                await fetchError(project, into: try sandbox.directory("workspace"))?.message
                    == "The repository file://\(url) has no directory \"\(path)\" at this commit."
            )
        }
    }

    @Test func `A project directory that leads out of the workspace is refused`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.makeRepository()
            try sandbox.sh("ln -s /etc out; git add -A; git commit -qm out", in: "upstream")
            let project = try sandbox.project(["url": .string(url), "project_directory": "out"])
            #expect(
                await fetchError(project, into: try sandbox.directory("workspace"))?.message
                    == "The directory \"out\" of file://\(url) is a link that leads out of the repository."
            )
        }
    }
}
