import ClusterRunnerPlugin
import Foundation
import Testing

@testable import ClusterRunnerCommands

@Suite struct JobFileSearchTests {
    private let scratch: ScratchDirectory
    private var root: ByteString { ByteString(scratch.path) }

    init() throws {
        scratch = try ScratchDirectory()
        try scratch.write("", to: "project/a/b/file")
    }

    private func request(_ words: String..., isUpload: Bool = false) async throws -> BuildRequestArguments {
        try await BuildRequestArguments(
            words,
            jobName: nil,
            isUpload: isUpload,
            remoteFiles: [],
            currentDirectory: root.appending("project/a/b"),
            registry: .real
        )
    }

    @Test func `The nearest job file counts, the current directory first`() throws {
        try scratch.write("", to: "project/clusterrunner.yaml")
        let project = root.appending("project")
        #expect(try JobFileSearch(from: project.appending("a/b")).folder == project)
        #expect(try JobFileSearch(from: project).isAbove == false)
        try scratch.write("", to: "project/a/clusterrunner.yml")
        let search = try JobFileSearch(from: project.appending("a/b"))
        #expect(search.folder == project.appending("a"))
        #expect(
            search.notice
                == "The project is \(search.folder), which has the nearest job file above the current directory."
        )
    }

    @Test func `A directory with the name of a job file is none, a link to nowhere is one`() throws {
        try scratch.write("", to: "project/clusterrunner.yaml")
        try scratch.write("", to: "project/a/clusterrunner.yaml/file")
        let start = root.appending("project/a/b")
        #expect(try JobFileSearch(from: start).folder == root.appending("project"))
        try FileManager.default.createSymbolicLink(
            atPath: "\(scratch.path)/project/a/b/clusterrunner.yaml",
            withDestinationPath: "nowhere"
        )
        #expect(try JobFileSearch(from: start).folder == start)
    }

    @Test func `Without a job file the searched folders are named`() {
        let sentence = refusal { _ = try JobFileSearch(from: "/proc/self/fd") }
        #expect(
            sentence == """
                There is no job file: clusterrunner.yaml was looked for in /proc/self/fd or a folder above it \
                (/proc/self, /proc, /). Change to the project, or name its folder.
                """
        )
    }

    @Test func `The job file of a stranger is not used unasked, except in his own folder`() throws {
        try #require(geteuid() == 0, "Only root can give files away.")
        try scratch.write("", to: "project/clusterrunner.yaml")
        chown("\(scratch.path)/project/clusterrunner.yaml", 4321, 4321)
        let start = root.appending("project/a/b")
        let sentence = refusal { _ = try JobFileSearch(from: start) }
        #expect(sentence?.contains("belongs to another user (4321)") == true, "\(sentence ?? "accepted")")
        #expect(try JobFileSearch(from: root.appending("project")).isAbove == false)
        chown("\(scratch.path)/project/a/b", 4321, 4321)
        #expect(try JobFileSearch(from: start).isAbove)
    }

    @Test func `Only a project that nobody named is looked for`() async throws {
        try scratch.write("", to: "project/clusterrunner.yaml")
        let (here, project) = (root.appending("project/a/b"), root.appending("project"))
        var request = try await request()
        #expect(try request.locateProject(from: here)?.isAbove == true)
        #expect(request.fields["project_directory"] == project.json)
        var named = try await self.request("--project-directory", ".")
        #expect(try named.locateProject(from: here) == nil)
        #expect(named.fields["project_directory"] == here.json)
        var inline = try await self.request("--config", "commands: [a]")
        #expect(try inline.locateProject(from: here) == nil)
        var git = try await self.request("git", "--url", "https://example.org/a.git")
        #expect(try git.locateProject(from: here) == nil)
    }
}
