import ClusterRunnerPlugin
import Testing

@testable import GitProjectType

@Suite struct GitParametersTests {
    @Test(arguments: [
        ("remote", "-x", "\"remote\" is not a name for a remote: \"-x\"."),
        ("remote", "a..b", "\"remote\" is not a name for a remote: \"a..b\"."),
        ("branch", "--upload-pack=x", "\"branch\" is not a name for a branch: \"--upload-pack=x\"."),
        ("branch", "../../x", "\"branch\" is not a name for a branch: \"../../x\"."),
        ("branch", "a b", "\"branch\" is not a name for a branch: \"a b\"."),
        ("branch", "a:refs/heads/b", "\"branch\" is not a name for a branch: \"a:refs/heads/b\"."),
        ("branch", "refs/*", "\"branch\" is not a name for a branch: \"refs/*\"."),
        ("hash", "abc", "\"hash\" must be 4 to 40 hexadecimal digits, not \"abc\"."),
        ("hash", "main", "\"hash\" must be 4 to 40 hexadecimal digits, not \"main\"."),
        ("hash", "HEAD~1", "\"hash\" must be 4 to 40 hexadecimal digits, not \"HEAD~1\"."),
        ("project_directory", "/etc", "\"project_directory\" must be a path inside the repository, not \"/etc\"."),
        (
            "project_directory", "a/../../b",
            "\"project_directory\" must be a path inside the repository, not \"a/../../b\"."
        ),
        (
            "project_directory", ".git/hooks",
            "\"project_directory\" must be a path inside the repository, not \".git/hooks\"."
        ),
        ("project_directory", "a\nb", "\"project_directory\" must be a path inside the repository, not \"a?b\"."),
    ])
    func `A malformed value is refused with its name and value`(name: String, value: String, message: String) {
        let error = #expect(throws: ClusterRunnerError.self) { try make([name: .string(value)]) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message == message)
    }

    @Test func `What is left out has its default`() throws {
        let parameters = try make([:])
        #expect(parameters.remote == "origin")
        #expect(parameters.branch == nil)
        #expect(parameters.projectDirectory == "")
    }

    @Test func `A retry is pinned to the commit that was built, with the credentials of the request`() throws {
        let request = ProjectParameters(["url": "https://u:p@example.org/r.git", "branch": "main", "hash": "abcd"])
        let hash = String(repeating: "ab", count: 20)
        let fetched = ProjectParameters(["url": "https://example.org/r.git", "hash": .string(hash), "checkouts": []])
        let pinned = GitProjectType.pinned(request, to: fetched)
        #expect(pinned.values == request.values.merging(["hash": .string(hash)]) { $1 })
        #expect(GitProjectType.pinned(request, to: ProjectParameters([:])) == request)
    }

    @Test func `Needless parts of paths and the case of hashes do not matter`() throws {
        let parameters = try make(["project_directory": "./a//b/", "hash": "ABCDEF12", "branch": "feature/x"])
        #expect(parameters.projectDirectory == "a/b")
        #expect(parameters.hash == "abcdef12")
        #expect(parameters.branch == "feature/x")
    }

    @Test func `A slave learns credentials only if it has to fetch by itself`() throws {
        let parameters = try make(["url": "https://u:p@example.org/r", "branch": "x", "config": ["commands": []]])
        let id = try #require(ObjectID(hex: String(repeating: "ab", count: 20)))
        let checkout = Checkout(path: "", url: parameters.url, commit: id)
        let own = parameters.forSlave(checkouts: [checkout], fromMaster: false)
        #expect(own["url"] == "https://u:p@example.org/r")
        #expect(own["hash"] == "\(id)")
        #expect(try GitParameters(own).isFromRemote)
        let handed = parameters.forSlave(checkouts: [checkout], fromMaster: true)
        #expect(!"\(handed)".contains("u:p"))
        #expect(handed.values["config"] == ["commands": []])
        #expect(try !GitParameters(handed).isFromRemote)
        let read = try #require(GitParameters(handed).checkouts)
        #expect(read.map(\.commit) == [id])
        #expect(read.map(\.url.withoutCredentials) == ["https://example.org/r"])
    }

    @Test func `A list of commits that would leave the workspace is refused`() {
        let list: JSONValue = [
            [
                "path": "../out", "repository": "https://example.org/r",
                "commit": .string(String(repeating: "0", count: 40)),
            ]
        ]
        let error = #expect(throws: ClusterRunnerError.self) { try make(["checkouts": list]) }
        #expect(error?.message == "\"path\" must be a path inside the repository, not \"../out\".")
        let malformed = #expect(throws: ClusterRunnerError.self) { try make(["checkouts": [["path": ""]]]) }
        #expect(malformed?.message == "The master sent a malformed list of commits.")
    }

    private func make(_ values: [String: JSONValue]) throws -> GitParameters {
        try GitParameters(ProjectParameters(["url": "https://example.org/r"].merging(values) { $1 }))
    }
}
