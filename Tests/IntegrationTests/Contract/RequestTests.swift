import ClusterRunnerPlugin
import Testing

@Suite(.timeLimit(.minutes(20)))
struct RequestTests {
    private let project = Project(jobFile: "Tests: {commands: [exit 0], atomizers: [{N: echo 1}]}\n")

    @Test func `A signed request is accepted with exactly the documented answer, on both paths`() async throws {
        try await RunningCluster.with(slaves: 0) { cluster in
            let fields = JSONValue.object(try await cluster.git(project))
            for (number, path) in [(1, "/v1/build"), (2, "/build"), (3, "/v1/build/")] {
                let answer = try await cluster.http.sendSigned("POST", path, fields)
                #expect(answer.status == 202)
                #expect(try answer.json() == ["STATUS": "SUCCESS", "build_id": .integer(number)])
                #expect(answer.headers["content-type"] == "application/json; charset=utf-8")
            }
        }
    }

    @Test func `A request with a wrong digest or without one is refused, and nothing happens`() async throws {
        try await RunningCluster.with(slaves: 0) { cluster in
            let http = cluster.http
            let body = #"{"type": "git", "url": "file:///nowhere", "job_name": "Tests"}"#
            let other = PlainHTTP(port: cluster.port, secret: "some other secret")
            let wrong = [
                [:], [PlainHTTP.digestHeader: ""],
                [PlainHTTP.digestHeader: try other.digest(of: body)],
                [PlainHTTP.digestHeader: try http.digest(of: body + " ")],
                [PlainHTTP.digestHeader: String(try http.digest(of: body).dropLast())],
            ]
            for headers in wrong {
                let answer = try await http.send("POST", "/v1/build", headers: headers, body: body)
                #expect(answer.status == 401)
                #expect(
                    try answer.json() == [
                        "STATUS": "FAILURE",
                        "error": "Message digest does not match header, message not authenticated.",
                    ]
                )
            }
            #expect(try await http.get("/v1/build")["builds"] == [])
        }
    }
}

@Suite(.cluster(slaves: 0), .timeLimit(.minutes(20)))
struct RefusedRequestTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let fields: JSONValue
        let sentences: [String]
    }

    static let cases = [
        Case(
            testDescription: "a git build without a job",
            fields: ["type": "git", "url": "file:///repository"],
            sentences: ["\"job_name\" is missing (on the command line: --job-name)"]
        ),
        Case(
            testDescription: "an unknown type",
            fields: ["type": "svn", "url": "file:///repository"],
            sentences: ["Unknown project type \"svn\".", "Known types: \"archive\", \"directory\", \"git\"."]
        ),
        Case(
            testDescription: "several wrong fields",
            fields: ["type": "git", "url": 7, "brunch": "main"],
            sentences: ["\"job_name\" is missing", "\"url\"", "\"brunch\" is unknown, did you mean \"branch\"?"]
        ),
        Case(
            testDescription: "three mistakes in a job that comes with the request",
            fields: [
                "type": "directory", "project_directory": "/tmp",
                "config": ["comands": ["true"], "atomizers": "seq 3", "max_executors": 0],
            ],
            sentences: ["\"comands\"", "did you mean \"commands\"?", "\"atomizers\"", "\"max_executors\""]
        ),
        Case(
            testDescription: "an override that is no atom",
            fields: [
                "type": "directory", "project_directory": "/tmp", "atoms_override": ["export A=\"1\";", "no atom"],
            ],
            sentences: ["\"atoms_override\" has 1 error.", "no atom"]
        ),
        Case(
            testDescription: "a remote file outside the workspace",
            fields: [
                "type": "directory", "project_directory": "/tmp", "remote_files": ["file:///etc/passwd": "../passwd"],
            ],
            sentences: ["../passwd"]
        ),
        Case(testDescription: "no object", fields: ["type"], sentences: ["The request body must be a JSON object."]),
    ]

    @Test(arguments: cases)
    func `One answer names everything that is wrong with a request`(_ wrong: Case) async throws {
        let http = try RunningCluster.current().http
        let answer = try await http.sendSigned("POST", "/v1/build", wrong.fields)
        #expect(answer.status == 400)
        let json = try answer.json()
        #expect(json["STATUS"] == "FAILURE")
        let error = try #require(json["error"].string)
        for sentence in wrong.sentences { #expect(error.contains(sentence), "\(error)") }
        #expect(try await http.get("/v1/build")["builds"] == [])
    }

    @Test func `A body that is no JSON is refused with a sentence`() async throws {
        let http = try RunningCluster.current().http
        let headers = [PlainHTTP.digestHeader: try http.digest(of: "{nonsense")]
        let answer = try await http.send("POST", "/v1/build", headers: headers, body: "{nonsense")
        #expect(answer.status == 400)
        #expect(try answer.json() == ["STATUS": "FAILURE", "error": "The body is not valid JSON."])
    }
}
