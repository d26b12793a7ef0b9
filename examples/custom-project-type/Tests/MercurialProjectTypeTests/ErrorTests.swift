import ClusterRunnerPlugin
import ClusterRunnerTesting
import Foundation
import Testing

@testable import MercurialProjectType

@Suite(.timeLimit(.minutes(10))) struct ErrorTests {
    @Test func `An unknown branch or tag is named with those that exist`() async throws {
        try await Sandbox.with { sandbox in
            let url = try await sandbox.makeRepository()
            for (parameter, name, rest) in [
                ("branch", "stabel", "Did you mean \"stable\"?"), ("branch", "x", "It has \"default\", \"stable\"."),
                ("tag", "v1.0.7", "It has \"tip\", \"v1\"."),
            ] {
                let project = try sandbox.project(["url": .string(url), parameter: .string(name)])
                let error = await fetchError(project, into: try sandbox.directory("work"))
                #expect(error?.message == "The repository file://\(url) has no \(parameter) \"\(name)\". \(rest)")
            }
        }
    }

    @Test func `An unknown changeset is named`() async throws {
        try await Sandbox.with { sandbox in
            let url = try await sandbox.makeRepository()
            let project = try sandbox.project(["url": .string(url), "hash": "fffffffffff"])
            #expect(
                await fetchError(project, into: try sandbox.directory("work"))?.message
                    == "The repository file://\(url) has no changeset \"fffffffffff\". Check the hash, and whether the "
                    + "changeset was pushed."
            )
        }
    }

    @Test func `An ambiguous hash asks for more digits`() async throws {
        try await Sandbox.with { sandbox in
            try await sandbox.sh("hg init upstream; hg -R upstream debugbuilddag +800")
            let hashes = try await sandbox.sh("hg log -T '{node}\\n'", in: "upstream").split(separator: "\n")
            let starts = Dictionary(grouping: hashes) { $0.prefix(4) }.filter { $1.count > 1 }.keys
            // Digits alone would be the number of a revision.
            let start = try #require(starts.first { $0.contains(where: \.isLetter) })
            let url = sandbox.path("upstream")
            let project = try sandbox.project(["url": .string(url), "hash": .string(String(start))])
            #expect(
                await fetchError(project, into: try sandbox.directory("work"))?.message
                    == "The hash \"\(start)\" is ambiguous in file://\(url): several changesets start with it. Give "
                    + "more digits."
            )
        }
    }

    @Test func `An empty repository is called empty`() async throws {
        try await Sandbox.with { sandbox in
            try await sandbox.sh("hg init upstream")
            let project = try sandbox.project(["url": .string(sandbox.path("upstream"))])
            #expect(
                await fetchError(project, into: try sandbox.directory("work"))?.message
                    == "The repository file://\(sandbox.path("upstream")) has no branch \"default\". It is empty: push a "
                    + "changeset first."
            )
        }
    }

    @Test func `A directory without a repository is no repository`() async throws {
        try await Sandbox.with { sandbox in
            let url = try sandbox.directory("folder")
            let project = try sandbox.project(["url": .string(url)])
            #expect(
                await fetchError(project, into: try sandbox.directory("work"))?.message
                    == "There is no Mercurial repository at file://\(url); hg said \"repository \(url) not found\". Check "
                    + "\"url\"."
            )
        }
    }

    @Test func `A server without the repository, and one that is away, are named without credentials`() async throws {
        try await Sandbox.with { sandbox in
            try await sandbox.makeRepository()
            let address = try await withServer(of: "upstream", in: sandbox) { address in
                let url = "\(address)/nothing-here".replacing("http://", with: "http://me:pass-word@")
                let project = try sandbox.project(["url": .string(url)])
                #expect(project.projectID == "\(address)/nothing-here")
                #expect(
                    await fetchError(project, into: try sandbox.directory("work"))?.message
                        == "There is no Mercurial repository at \(address)/nothing-here; hg said \"HTTP Error 404: Not "
                        + "Found\". Check \"url\"."
                )
                return address
            }
            let project = try sandbox.project(["url": .string(address)])
            #expect(
                await fetchError(project, into: try sandbox.directory("work"))?.message
                    == "Fetching \(address)/ failed: hg pull said \"Connection refused\"."
            )
        }
    }

    @Test func `A missing hg is named with its package`() async throws {
        try await Sandbox.with { sandbox in
            let environment = ["PATH": try sandbox.directory("empty")]
            let project = try sandbox.project(["url": "/r"], environment: environment)
            #expect(
                await fetchError(project, into: try sandbox.directory("work"))?.message
                    == "Mercurial is not installed on this machine: the PATH of the service has no program \"hg\". Install "
                    + "it, as by \"apt-get install mercurial\"."
            )
        }
    }

    @Test func `Subrepositories are refused`() async throws {
        try await Sandbox.with { sandbox in
            let url = try await sandbox.makeRepository()
            try await sandbox.sh(
                "hg init in; echo a > in/a; hg -R in commit -qAm a; echo 'in = in' > .hgsub; hg commit -qAm sub",
                in: "upstream"
            )
            let project = try sandbox.project(["url": .string(url)])
            #expect(
                await fetchError(project, into: try sandbox.directory("work"))?.message
                    == "file://\(url) has subrepositories, which this project type does not fetch."
            )
        }
    }

    @Test func `A project directory that is missing, or leads out of the repository, is an error`() async throws {
        try await Sandbox.with { sandbox in
            let url = try await sandbox.makeRepository()
            try await sandbox.sh("ln -s /etc out; hg commit -qAm out", in: "upstream")
            for (path, message) in [
                ("absent", "The repository file://\(url) has no directory \"absent\" at this changeset."),
                ("file.txt", "The repository file://\(url) has no directory \"file.txt\" at this changeset."),
                ("out", "The directory \"out\" of file://\(url) is a link that leads out of the repository."),
            ] {
                let project = try sandbox.project(["url": .string(url), "project_directory": .string(path)])
                #expect(await fetchError(project, into: try sandbox.directory("work-\(path)"))?.message == message)
            }
        }
    }
}
