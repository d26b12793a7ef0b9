import ClusterRunnerHTTP
import HTTPTypes
import Testing

@Suite struct SessionTests {
    private let fixture: HTTPFixture

    init() throws {
        fixture = try HTTPFixture()
    }

    @Test(arguments: ["Session-Id", "Expected-Session-Id"])
    func `A request that expects another run of the service is refused`(header: String) async throws {
        let name = try HTTPField.Name.named(header)
        try await fixture.serve { caller in
            let answer = try await caller.get("/v1/build", [name: "another"])
            #expect(answer.status == 412)
            #expect(answer.error == "Specified session id: another has expired and is invalid.")
            #expect(answer.header("Session-Id") == HTTPFixture.session)
            let right = try await caller.get("/v1/build", [name: HTTPFixture.session])
            #expect(right.status == 200)
        }
    }

    @Test func `A change that expects another run changes nothing`() async throws {
        let name = try HTTPField.Name.named("Expected-Session-Id")
        try await fixture.serve { caller in
            var headers = try caller.digest(of: "x")
            headers[name] = "another"
            #expect(try await caller.call(.post, "/v1/build", headers, body: "x").status == 412)
        }
    }
}

@Suite struct CORSTests {
    private func fixture() throws -> HTTPFixture {
        var fixture = try HTTPFixture()
        fixture.origins = try OriginPattern("https?://.*[.]example[.]com")
        return fixture
    }

    @Test(arguments: [
        ("https://ci.example.com", true), ("https://example.com", false), ("https://ci.example.com.evil.org", false),
        ("https://ci.example.com:8443", true), ("https://ci.example.com:8443.evil.org", false),
        ("https://ci.example.com:", false), ("https://ci.example.com:80@evil.org:1", false), ("null", false),
    ])
    func `Scripts of allowed origins may read answers, and no others`(origin: String, isAllowed: Bool) async throws {
        let answer = try await fixture().serve { try await $0.get("/v1/build", [.origin: origin]) }
        #expect(answer.status == 200)
        #expect(answer.header("Access-Control-Allow-Origin") == (isAllowed ? origin : nil))
        #expect(answer.header("Access-Control-Expose-Headers") == (isAllowed ? "Session-Id, Api-Version" : nil))
        #expect(answer.header("Vary") == (isAllowed ? "Origin" : nil))
    }

    @Test func `Without the setting nobody may`() async throws {
        let answer = try await HTTPFixture().serve { try await $0.get("/v1/build", [.origin: "https://a.example.com"]) }
        #expect(answer.header("Access-Control-Allow-Origin") == nil)
    }

    @Test func `A preflight is told the methods and headers`() async throws {
        let headers: HTTPFields = [.origin: "https://ci.example.com", .accessControlRequestMethod: "POST"]
        let answer = try await fixture().serve { try await $0.call(.options, "/v1/build", headers) }
        #expect(answer.status == 204)
        #expect(answer.header("Access-Control-Allow-Origin") == "https://ci.example.com")
        #expect(answer.header("Access-Control-Allow-Methods") == "GET, HEAD, POST, PUT, DELETE")
        let allowed = answer.header("Access-Control-Allow-Headers")?.split(separator: ", ") ?? []
        #expect(allowed.contains("ClusterRunner-Message-Authentication-Digest"))
        #expect(allowed.contains("Session-Id"))
    }

    @Test func `A pattern that is none is an error that shows it`() {
        let error = #expect(throws: (any Error).self) { try OriginPattern("https://(") }
        let text = String(describing: error)
        #expect(text.contains("\"https://(\" in cors_allowed_origins_regex is not a regular expression"))
    }
}
