import ClusterRunnerHTTP
import ClusterRunnerPlugin
import ClusterRunnerWire
import HTTPTypes
import Testing

@Suite struct AuthenticationTests {
    private static let wrongDigest = "Message digest does not match header, message not authenticated."

    @Test func `A change needs the digest of its body`() async throws {
        try await HTTPFixture().serve { (caller) async throws in
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
        let route = Route(.post, "build", access: .documented, body: .json) { _ in
            throw ClusterRunnerError(.failed, "The handler was called.")
        }
        let answer = try await HTTPFixture().serve([route]) { try await $0.call(.post, "/build", body: "x") }
        #expect(answer.status == 401)
    }

    @Test func `Reads are open unless they need authentication, too`() async throws {
        var fixture = try HTTPFixture()
        fixture.authenticateReads = true
        try await fixture.serve { (caller) async throws in
            #expect(try await caller.get("/v1/build").status == 401)
            #expect(try await caller.call(.head, "/v1/build").status == 401)
            // The digest of an empty body is the same for all of them, without limit of time.
            #expect(try await caller.get("/v1/build", caller.digest()).status == 401)
            #expect(try await caller.get("/v1/build", caller.signature(.get, "/v1/build")).status == 200)
            #expect(try await caller.get("/v1/health").status == 200)
        }
    }

    @Test func `The parts of ClusterRunner must sign`() async throws {
        try await HTTPFixture().serve { (caller) async throws in
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
        try await HTTPFixture().serve { (caller) async throws in
            let wrong = [
                try caller.signature(.put, "/v1/slave", body: "{}"), try caller.signature(.post, "/slave", body: "{}"),
                try caller.signature(.post, "/v1/slave?a=b", body: "{}"),
                try caller.signature(.post, "/v1/slave", body: "{}", secondsAgo: 4000),
                try caller.signature(.post, "/v1/slave", body: "{}", secondsAgo: -4000),
                try caller.signature(.post, "/v1/slave", body: "{ }"),
            ]
            for headers in wrong {
                #expect(try await caller.call(.post, "/v1/slave", headers, body: "{}").status == 401)
            }
        }
    }

    @Test func `A signature that somebody sends must be right even where none is needed`() async throws {
        try await HTTPFixture().serve { (caller) async throws in
            let headers = try caller.signature(.post, "/v1/build", body: "x")
            #expect(try await caller.call(.post, "/v1/build", headers, body: "x").status == 202)
            #expect(try await caller.call(.post, "/v1/build", headers, body: "x").status == 401)
        }
    }

    @Test func `With require_signature the digest alone is not enough for a change`() async throws {
        var fixture = try HTTPFixture()
        fixture.requireSignature = true
        try await fixture.serve { (caller) async throws in
            #expect(try await caller.call(.post, "/v1/build", caller.digest(of: "x"), body: "x").status == 401)
            let headers = try caller.signature(.post, "/v1/build", body: "x")
            #expect(try await caller.call(.post, "/v1/build", headers, body: "x").status == 202)
            #expect(try await caller.get("/v1/build").status == 200)
        }
    }

    @Test(arguments: ["/v1/build/1/retry", "/v1/slave/shutdown", "/v1/slave"])
    func `The digest alone is enough for what the API describes, and nothing else`(path: String) async throws {
        try await HTTPFixture().serve { (caller) async throws in
            #expect(try await caller.call(.post, path, caller.digest(of: "{}"), body: "{}").status == 401)
            let headers = try caller.signature(.post, path, body: "{}")
            #expect(try await caller.call(.post, path, headers, body: "{}").status == 200)
        }
    }

    @Test func `Scripts of 1.x may shut slaves down by a digest where the configuration says so`() async throws {
        var fixture = try HTTPFixture()
        fixture.legacyClients = true
        try await fixture.serve { [fixture] (caller) async throws in
            let shutDown = try await caller.call(.post, "/v1/slave/shutdown", caller.digest(of: "{}"), body: "{}")
            #expect(shutDown.status == 200)
            let retry = try await caller.call(.post, "/v1/build/1/retry", caller.digest(of: "{}"), body: "{}")
            #expect(retry.status == 401)
            var strict = fixture
            strict.requireSignature = true
            try await strict.serve { (caller) async throws in
                let answer = try await caller.call(.post, "/v1/slave/shutdown", caller.digest(of: "{}"), body: "{}")
                #expect(answer.status == 401)
            }
        }
    }

    @Test func `A refusal of a script of 1.x names the key that lets it pass`() async throws {
        try await HTTPFixture().serve { (caller) async throws in
            let answer = try await caller.call(.post, "/v1/slave/shutdown", caller.digest(of: "{}"), body: "{}")
            #expect(
                answer.error
                    == "POST /v1/slave/shutdown must be signed: ClusterRunner-Signature is missing or wrong. "
                    + "legacy_clients = True lets scripts of ClusterRunner 1.x do without."
            )
        }
    }

    @Test func `A captured request is worth nothing without its signature`() async throws {
        try await HTTPFixture().serve { (caller) async throws in
            var headers = try caller.signature(.post, "/v1/build", body: "x")
            headers[try .named(HeaderName.signature)] = nil
            #expect(try await caller.call(.post, "/v1/build", headers, body: "x").status == 401)
        }
    }

    @Test func `A captured request is worth nothing at another service, nor after a restart`() async throws {
        try await HTTPFixture().serve { (caller) async throws in
            let headers = try caller.signature(.post, "/v1/build", body: "x", run: "another run")
            let answer = try await caller.call(.post, "/v1/build", headers, body: "x")
            #expect(answer.status == 401)
            #expect(answer.error == "The request was signed for another run of a service than this.")
            let sent = headers[try .named(HeaderName.signature)]
            let signature = try #require(sent.flatMap(RequestSignature.init(headerValue:)))
            let time = try #require(answer.header(HeaderName.time).flatMap(ServerTime.init(headerValue:)))
            #expect(time.run == HTTPFixture.session)
            #expect(try time.isValid(nonce: signature.nonce, authenticator: caller.authenticator))
        }
    }

    @Test func `A stranger learns nothing of the run that counts as proof`() async throws {
        try await HTTPFixture().serve { (caller) async throws in
            let headers: HTTPFields = [try .named(HeaderName.signature): "t=1,n=a,r=b,s=c"]
            let answer = try await caller.call(.post, "/v1/slave", headers, body: "{}")
            #expect(answer.status == 401)
            #expect(answer.header(HeaderName.time) == nil)
        }
    }

    @Test func `A slave of an earlier version is told to be updated`() async throws {
        try await HTTPFixture().serve { (caller) async throws in
            var headers = try caller.digest(of: "{}")
            headers[try .named(HeaderName.signature)] = "t=1700000000,n=a,s=b"
            let answer = try await caller.call(.post, "/v1/slave", headers, body: "{}")
            #expect(answer.status == 401)
            #expect(
                answer.error
                    == "POST /v1/slave must be signed: ClusterRunner-Signature has the form of an earlier version, which "
                    + "names no service. Update ClusterRunner on the machine that sent it; master, slaves and commands of "
                    + "one cluster need the same version."
            )
        }
    }

    @Test func `A cookie that may read is a digest of no body`() async throws {
        var fixture = try HTTPFixture()
        fixture.legacyClients = true
        try await fixture.serve { (caller) async throws in
            let sessions = ReadSessions(authenticator: caller.authenticator)
            let cookie = try sessions.cookie(at: 1_700_000_000, isEncrypted: false).prefix { $0 != ";" }
            let parts = try #require(cookie.split(separator: "=").last).split(separator: ".")
            let body = "clusterrunner: may read until \(parts[0])"
            let headers: HTTPFields = [try .named(HeaderName.digest): String(parts[1])]
            #expect(try await caller.call(.post, "/v1/slave/shutdown", headers, body: body).status == 401)
        }
    }
}
