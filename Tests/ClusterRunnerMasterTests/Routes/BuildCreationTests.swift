import ClusterRunnerDomain
import ClusterRunnerPlugin
import ClusterRunnerStore
import ClusterRunnerTesting
import HTTPTypes
import Testing

@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10))) struct BuildCreationTests {
    /// Returns the master's answers to requests, one after the other.
    private func answers(_ requests: [JSONValue]) async throws -> [WebClient.Answer] {
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory) { master in
                var answers: [WebClient.Answer] = []
                for request in requests { answers.append(try await master.web.post("/v1/build", request)) }
                #expect(try await master.store.builds(BuildQuery()).count == answers.count { $0.status == 202 })
                return answers
            }
        }
    }

    private func error(_ request: JSONValue) async throws -> String? {
        let answer = try await #require(answers([request]).first)
        #expect(answer.status == 400)
        #expect(answer.json["STATUS"] == "FAILURE")
        return answer.error
    }

    @Test func `An accepted request is answered with 202 and the next number`() async throws {
        let request: JSONValue = ["type": "directory", "project_directory": "/nowhere"]
        let answers = try await answers([request, request])
        #expect(answers.map(\.status) == [202, 202])
        #expect(answers.map(\.json) == [1, 2].map { ["build_id": .integer($0), "STATUS": "SUCCESS"] })
    }

    @Test func `A type that nobody registered is told the known ones`() async throws {
        #expect(
            try await error(["type": "svn", "job_name": "A"])
                == "Unknown project type \"svn\". Known types: \"directory\"."
        )
        #expect(
            try await error(["job_name": "A"])
                == "Invalid build request: \"type\" is missing. Known types: \"directory\"."
        )
    }

    @Test func `Every wrong field is named in one sentence`() async throws {
        #expect(
            try await error(["type": "directory", "job_name": 3, "projectdirectory": "/x"]) == """
                Invalid build request of type "directory": "job_name" must be a string, not a number; \
                "project_directory" is missing (on the command line: --project-directory); "projectdirectory" is unknown, did you mean "project_directory"?. \
                Its fields: job_name, project_directory, config, remote_files, atoms_override, atoms_filter, only_failed, job_overrides.
                """
        )
    }

    @Test func `A path that is none of the master's is refused at once`() async throws {
        #expect(
            try await error(["type": "directory", "project_directory": "here"])
                == "\"project_directory\" must be an absolute path, not \"here\"."
        )
    }

    @Test func `An inline job with a fault is refused at once`() async throws {
        let message = try await error(
            ["type": "directory", "project_directory": "/x", "config": ["commands": 3]]
        )
        #expect(message?.contains("commands") == true)
    }

    @Test func `An atom that is no export is refused at once`() async throws {
        let message = try await error(
            ["type": "directory", "project_directory": "/x", "atoms_override": ["rm -rf /"]]
        )
        #expect(message?.contains("rm -rf /") == true)
    }

    @Test(arguments: ["../outside", "/etc/passwd", "a/../../b"])
    func `A remote file cannot be placed outside the workspace`(name: String) async throws {
        let message = try await error(
            ["type": "directory", "project_directory": "/x", "remote_files": ["http://h/f": .string(name)]]
        )
        #expect(message?.contains(name) == true)
    }

    @Test(
        arguments: [
            ("", "The body is not valid JSON."), ("{", "The body is not valid JSON."),
            ("[]", "The request body must be a JSON object."),
        ]
    )
    func `A body that is no JSON object is refused`(body: String, sentence: String) async throws {
        let answer = try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory) { try await $0.web.send(.post, "/v1/build", body) }
        }
        #expect(answer.status == 400)
        #expect(answer.error == sentence)
    }

    @Test func `Without the right digest nothing happens`() async throws {
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory) { master in
                let body = #"{"type": "directory", "project_directory": "/x"}"#
                let answer = try await master.web.send(.post, "/v1/build", body, digest: "0123")
                #expect(answer.status == 401)
                #expect(answer.error == "Message digest does not match header, message not authenticated.")
                #expect(try await master.store.builds(BuildQuery()).isEmpty)
                #expect(try await master.store.counter(.build) == 0)
            }
        }
    }
}
