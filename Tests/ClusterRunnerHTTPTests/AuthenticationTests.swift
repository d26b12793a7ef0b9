import ClusterRunnerAPI
import ClusterRunnerCore
import ClusterRunnerHTTP
import HTTPTypes
import Testing

@Suite struct AuthenticationTests {
    private static let wrongDigest = "Message digest does not match header, message not authenticated."

    @Test func `A change needs the digest of its body`() async throws {
        try await HTTPFixture().serve { caller in
            let missing = try await caller.call(.post, "/v1/build", body: "x")
            let ofAnother = try await caller.call(.post, "/v1/build", caller.digest(of: "y"), body: "x")
            for answer in [missing, ofAnother] {
                #expect(answer.status == 401)
                #expect(answer.members == ["STATUS": "FAILURE", "error": .string(Self.wrongDigest)])
            }
            let right = try await caller.call(.post, "/v1/build", caller.digest(of: "x"), body: "x")
            #expect(right.status == 202)
            #expect(right.members == ["STATUS": "SUCCESS", "length": 1])
        }
    }

    @Test func `A refused request never reaches its handler`() async throws {
        let route = Route(.post, "build", access: .change, body: .json) { _ in
            throw ClusterRunnerError(.failed, "The handler was called.")
        }
        let answer = try await HTTPFixture().serve([route]) { try await $0.call(.post, "/build", body: "x") }
        #expect(answer.status == 401)
    }

    @Test func `Reads are open unless they need authentication, too`() async throws {
        var fixture = try HTTPFixture()
        fixture.authenticateReads = true
        try await fixture.serve { caller in
            let headers = try caller.digest()
            #expect(try await caller.get("/v1/build").status == 401)
            #expect(try await caller.call(.head, "/v1/build").status == 401)
            #expect(try await caller.get("/v1/build", headers).status == 200)
            #expect(try await caller.get("/v1/health").status == 200)
        }
    }

    @Test func `The parts of ClusterRunner must sign`() async throws {
        try await HTTPFixture().serve { caller in
            let unsigned = try await caller.call(.post, "/v1/slave", caller.digest(of: "{}"), body: "{}")
            #expect(unsigned.status == 401)
            #expect(unsigned.error == "POST /v1/slave must be signed: ClusterRunner-Signature is missing or wrong.")
            let headers = try caller.signature(.post, "/v1/slave", body: "{}")
            #expect(try await caller.call(.post, "/v1/slave", headers, body: "{}").status == 200)
            let replayed = try await caller.call(.post, "/v1/slave", headers, body: "{}")
            #expect(replayed.status == 401)
            #expect(replayed.error?.hasPrefix("The request was received before") == true)
        }
    }

    @Test func `A signature holds for its own method, path and body, and for five minutes`() async throws {
        try await HTTPFixture().serve { caller in
            let wrong = [
                try caller.signature(.put, "/v1/slave", body: "{}"), try caller.signature(.post, "/slave", body: "{}"),
                try caller.signature(.post, "/v1/slave?a=b", body: "{}"),
                try caller.signature(.post, "/v1/slave", body: "{}", secondsAgo: 400),
                try caller.signature(.post, "/v1/slave", body: "{}", secondsAgo: -400),
                try caller.signature(.post, "/v1/slave", body: "{ }"),
            ]
            for headers in wrong {
                #expect(try await caller.call(.post, "/v1/slave", headers, body: "{}").status == 401)
            }
        }
    }

    @Test func `A signature that somebody sends must be right even where none is needed`() async throws {
        try await HTTPFixture().serve { caller in
            let headers = try caller.signature(.post, "/v1/build", body: "x")
            #expect(try await caller.call(.post, "/v1/build", headers, body: "x").status == 202)
            #expect(try await caller.call(.post, "/v1/build", headers, body: "x").status == 401)
        }
    }

    @Test func `With require_signature the digest alone is not enough for a change`() async throws {
        var fixture = try HTTPFixture()
        fixture.requireSignature = true
        try await fixture.serve { caller in
            #expect(try await caller.call(.post, "/v1/build", caller.digest(of: "x"), body: "x").status == 401)
            let headers = try caller.signature(.post, "/v1/build", body: "x")
            #expect(try await caller.call(.post, "/v1/build", headers, body: "x").status == 202)
            #expect(try await caller.get("/v1/build").status == 200)
        }
    }
}
