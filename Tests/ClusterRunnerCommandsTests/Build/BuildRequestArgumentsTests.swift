import ArgumentParser
import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerCommands

@Suite struct BuildRequestArgumentsTests {
    private func request(
        _ arguments: String...,
        jobName: String? = nil,
        remoteFiles: [String] = []
    ) async throws -> BuildRequestArguments {
        try await BuildRequestArguments(
            arguments,
            jobName: jobName,
            remoteFiles: remoteFiles,
            currentDirectory: "/work/here",
            registry: .real
        )
    }

    private func fields(
        _ arguments: String...,
        remoteFiles: [String] = []
    ) async throws -> [String: JSONValue] {
        try await BuildRequestArguments(
            arguments,
            jobName: nil,
            remoteFiles: remoteFiles,
            currentDirectory: "/work/here",
            registry: .real
        ).fields
    }

    @Test func `Without arguments the current directory is built`() async throws {
        let request = try await request()
        #expect(request.type == "directory")
        #expect(request.fields == ["type": "directory", "project_directory": "/work/here"])
        #expect(request.jobTitle == "(the only one)")
    }

    @Test func `A type behind a remote file is the type, as 1.x had it`() async throws {
        let fields = try await fields("--url", "file:///a", remoteFiles: ["a", "http://a", "b", "http://b", "git"])
        #expect(fields["type"] == "git")
        #expect(fields["remote_files"] == ["http://a": "a", "http://b": "b"])
        await #expect(throws: ClusterRunnerError.self) { try await self.fields(remoteFiles: ["a", "http://a", "svn"]) }
    }

    @Test func `Each flag becomes the parameter of its name`() async throws {
        let request = try await request(
            "git",
            "--url",
            "https://example.org/a.git",
            "--branch=main",
            "--hash",
            "abc",
            "--project-directory=sub/dir",
            jobName: "Unit"
        )
        #expect(
            request.fields == [
                "type": "git", "url": "https://example.org/a.git", "branch": "main", "hash": "abc",
                "project_directory": "sub/dir", "job_name": "Unit",
            ]
        )
        #expect(request.jobTitle == "\"Unit\"")
    }

    @Test func `A value may hold what looks like a flag or another value`() async throws {
        #expect(try await fields("git", "--url", "--x")["url"] == "--x")
        #expect(try await fields("git", "--url=a=b")["url"] == "a=b")
    }

    @Test func `A flag of a list may be given several times`() async throws {
        let fields = try await fields("--atoms-override", "export A=\"1\";", "--atoms-override=export A=\"2\";")
        #expect(fields["atoms_override"] == ["export A=\"1\";", "export A=\"2\";"])
    }

    @Test func `Any other flag counts as it was given last`() async throws {
        #expect(try await fields("git", "--url", "a", "--url", "b")["url"] == "b")
    }

    @Test(
        arguments: [
            ("sub", "/work/here/sub"), ("../other/./x", "/work/other/x"), (".", "/work/here"), ("/abs", "/abs"),
            ("~/project", "~/project"),
        ]
    )
    func `A project directory is taken from the current one`(given: String, expected: String) async throws {
        #expect(try await fields("directory", "--project-directory", given)["project_directory"] == .string(expected))
    }

    @Test func `Remote files are pairs of a name and a URL`() async throws {
        let fields = try await fields(remoteFiles: ["a.txt", "http://h/a", "b/c", "file:///b"])
        #expect(fields["remote_files"] == ["http://h/a": "a.txt", "file:///b": "b/c"])
    }

    @Test func `One remote file may have several names, and one name no two files`() async throws {
        let fields = try await fields(remoteFiles: ["a", "http://h/f", "b", "http://h/f"])
        #expect(fields["remote_files"] == ["http://h/f": "a", "b": "http://h/f"])
        #expect(
            await refusal { _ = try await self.fields(remoteFiles: ["a", "http://h/1", "a", "http://h/2"]) }
                == "--remote-file gives the name \"a\" to two files."
        )
    }

    @Test func `A remote file without its URL is refused`() async {
        #expect(
            await refusal { _ = try await fields(remoteFiles: ["a.txt"]) }
                == "--remote-file needs a name and a URL: --remote-file NAME URL."
        )
        #expect(
            await refusal { _ = try await fields("--remote-files", "x") }
                == "Give remote_files as --remote-file NAME URL."
        )
    }

    @Test func `An unknown project type is told the known ones`() async {
        #expect(
            await refusal { _ = try await request("svn", "--url", "x") }
                == "Unknown project type \"svn\". Known types: \"directory\", \"git\"."
        )
    }

    @Test func `An unknown flag is told its nearest neighbour and where help is`() async {
        #expect(
            await refusal { _ = try await request("git", "--brunch", "x") }
                == "Unknown option --brunch of \"build git\". Did you mean --branch? See: clusterrunner build git --help"
        )
        #expect(
            await refusal { _ = try await request("--zzzzzzzzzz", "x") }
                == "Unknown option --zzzzzzzzzz of \"build directory\". See: clusterrunner build directory --help"
        )
    }

    @Test func `A flag without a value is refused`() async {
        #expect(await refusal { _ = try await request("git", "--url") } == "--url needs a value.")
    }

    @Test func `A word that belongs to no flag is refused`() async {
        for word in ["surplus", "-x"] {
            #expect(
                await refusal { _ = try await request("git", "--url", "u", word) }
                    == "Unexpected argument \"\(word)\". See: clusterrunner build --help"
            )
        }
    }

    @Test func `What the flags of all builds are not reaches the project type`() throws {
        let verb = try #require(
            try ClusterRunnerCommand.parseAsRoot(
                ["build", "-j", "Unit", "git", "--url", "u", "--remote-file", "n", "http://h", "-e", "3"]
            ) as? BuildVerb
        )
        #expect(verb.jobName == "Unit")
        #expect(verb.remoteFiles == ["n", "http://h"])
        #expect(verb.numExecutors?.value == 3)
        #expect(verb.arguments == ["git", "--url", "u"])
    }
}
