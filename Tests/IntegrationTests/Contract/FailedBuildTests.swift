import ClusterRunnerPlugin
import Testing

@Suite(.cluster(slaves: 1), .timeLimit(.minutes(20)))
struct FailedBuildTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let jobFile: String
        /// The sentences that the build's error message must contain.
        let sentences: [String]
    }

    static let cases = [
        Case(
            testDescription: "a job file with three mistakes",
            jobFile: """
                Tests:
                  comands: [exit 0]
                  commands: [exit 0]
                  atomizers: seq 3
                  max_executors: none
                """,
            sentences: [
                "clusterrunner.yaml has 3 errors.", "clusterrunner.yaml:2:3:", "did you mean \"commands\"?",
                "clusterrunner.yaml:4:", "\"atomizers\"", "clusterrunner.yaml:5:", "\"max_executors\"",
            ]
        ),
        Case(
            testDescription: "no such job",
            jobFile: "Test: {commands: [exit 0], atomizers: [{N: echo 1}]}",
            sentences: ["clusterrunner.yaml has no job \"Tests\".", "Did you mean \"Test\"?"]
        ),
        Case(
            testDescription: "no atoms",
            jobFile: "Tests: {commands: [exit 0], atomizers: [{N: echo nothing found >&2}]}",
            sentences: ["has no atoms", "echo nothing found >&2", "It printed: nothing found"]
        ),
        Case(
            testDescription: "a failing atomizer",
            jobFile: "Tests: {commands: [exit 0], atomizers: [{N: echo all is lost | cat; (exit 7)}]}",
            sentences: [
                "The atomizer of N failed with exit code 7.", "Command: echo all is lost | cat; (exit 7)",
                "Output: all is lost",
            ]
        ),
        Case(
            testDescription: "an atomizer that fails at the beginning of a pipe",
            jobFile: "Tests: {commands: [exit 0], atomizers: [{N: (echo 1; exit 3) | cat}]}",
            sentences: ["failed with exit code 3"]
        ),
        Case(
            testDescription: "a failing set-up",
            jobFile: """
                Tests:
                  setup_build: [echo no compiler here, exit 4]
                  commands: [exit 0]
                  atomizers: [{N: echo 1}]
                """,
            sentences: [
                "setup_build failed with exit code 4.", "Command: echo no compiler here\nexit 4",
                "Output: no compiler here",
            ]
        ),
    ]

    @Test(arguments: cases)
    func `A build that cannot run ends in error and says why`(_ wrong: Case) async throws {
        let cluster = try RunningCluster.current()
        let id = try await cluster.request(try await cluster.git(Project(jobFile: wrong.jobFile)))
        let build = try await cluster.ended(id)
        #expect(build["status"] == "FAILURE")
        #expect(build["state"] == "ERROR")
        let message = try #require(build["error_message"].string, "\(build)\n\(cluster.logs)")
        for sentence in wrong.sentences { #expect(message.contains(sentence), "\(message)") }
        #expect(try await cluster.http.get("/v2/build/\(id)")["build"]["status"] == "ERROR")
    }

    @Test func `A repository that is not there ends the build in error and is named`() async throws {
        let cluster = try RunningCluster.current()
        let build = try await cluster.run(["type": "git", "url": "file:///no/such/repository", "job_name": "Tests"])
        #expect(build["state"] == "ERROR")
        #expect(build["error_message"].string?.contains("/no/such/repository") == true, "\(build)")
    }
}
