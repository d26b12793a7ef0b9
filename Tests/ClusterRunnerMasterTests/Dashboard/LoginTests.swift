import ClusterRunnerTesting
import ClusterRunnerWire
import Foundation
import HTTPTypes
import Testing

@testable import ClusterRunnerHTTP
@testable import ClusterRunnerMaster

@Suite(.timeLimit(.minutes(10)))
struct LoginTests {
    private func withPrivateMaster(_ body: @Sendable (LiveMaster) async throws -> Void) async throws {
        try await withScratchDirectory { directory in
            try await LiveMaster.run(in: directory) {
                $0.authenticateReads = true
            } _: {
                try await body($0)
            }
        }
    }

    private func logIn(_ master: LiveMaster, secret: String, next: String = "") async throws -> WebClient.Answer {
        // A form, which carries no digest.
        try await master.web.send(.post, "/dashboard/login", "secret=\(secret)&next=\(next)", digest: "")
    }

    private func cookie(_ answer: WebClient.Answer) -> String {
        answer.headers[.setCookie].map { String($0.prefix { $0 != ";" }) } ?? ""
    }

    @Test func `Where reads need the secret, pages lead to the login, and from there back`() async throws {
        try await withPrivateMaster { master in
            let refused = try await master.web.get("/dashboard/builds?state=failed")
            #expect(refused.status == 303)
            #expect(refused.headers[.location] == "/dashboard/login?next=/dashboard/builds%3Fstate%3Dfailed")
            #expect(try await master.web.get("/", accept: "text/html").headers[.location] == "/dashboard/login?next=/")
            #expect(try await master.web.get("/", accept: "application/json").status == 401)
            let login = try await logIn(
                master,
                secret: "a+secret+of+the+tests",
                next: "/dashboard/builds%3Fstate%3Dfailed"
            )
            #expect(login.status == 303)
            #expect(login.headers[.location] == "/dashboard/builds?state=failed")
            let set = try #require(login.headers[.setCookie])
            #expect(set.hasSuffix("; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict"))
            #expect(!set.contains("secret of the tests"))
            for path in ["/dashboard/builds", "/v1/build", "/v1/slave"] {
                #expect(try await master.web.get(path, cookie: cookie(login)).status == 200)
                #expect(try await master.web.get(path, cookie: cookie(login) + "0").status != 200)
            }
        }
    }

    @Test func `A wrong secret opens nothing`() async throws {
        try await withPrivateMaster { master in
            for secret in ["wrong", "", "a+secret+of+the+test"] {
                let answer = try await logIn(master, secret: secret)
                #expect(answer.status == 401)
                #expect(answer.headers[.setCookie] == nil)
                #expect(answer.text.contains("That is not the secret of this cluster."))
            }
        }
    }

    @Test func `After some wrong secrets an address waits, even with the right one`() async throws {
        try await withPrivateMaster { master in
            for _ in 0..<3 { #expect(try await logIn(master, secret: "wrong").status == 401) }
            var answer = try await logIn(master, secret: "a+secret+of+the+tests")
            // The first wait is a second, which a busy machine may have taken until here.
            for _ in 0..<10 where answer.status != 429 {
                for _ in 0..<3 { _ = try await logIn(master, secret: "wrong") }
                answer = try await logIn(master, secret: "a+secret+of+the+tests")
            }
            #expect(answer.status == 429)
            #expect(answer.headers[.retryAfter].flatMap { Int($0) }.map { (1...60).contains($0) } == true)
            #expect(answer.text.contains("Too many attempts"))
        }
    }

    @Test func `Who is logged in may read, and change nothing`() async throws {
        try await withPrivateMaster { master in
            let cookie = cookie(try await logIn(master, secret: "a+secret+of+the+tests"))
            let answer = try await master.web.post("/v1/build", "{}", cookie: cookie)
            #expect(answer.status == 401)
        }
    }

    @Test func `A login ends when it says so, and its end cannot be put off`() throws {
        let sessions = ReadSessions(authenticator: try MessageAuthenticator(key: LiveMaster.secret))
        let cookie = String(try sessions.cookie(at: 1000, isEncrypted: true).prefix { $0 != ";" })
        #expect(try sessions.cookie(at: 1000, isEncrypted: true).hasSuffix("; Secure"))
        #expect(try sessions.isLoggedIn("a=b; \(cookie); c=d", at: 1000 + 43_199))
        #expect(try !sessions.isLoggedIn(cookie, at: 1000 + 43_200))
        #expect(try !sessions.isLoggedIn(cookie.replacing("44200", with: "94200"), at: 1000))
        let others = ReadSessions(authenticator: try MessageAuthenticator(key: Array("another secret".utf8)))
        #expect(try !others.isLoggedIn(cookie, at: 1000))
        for odd in ["", "clusterrunner_read", "clusterrunner_read=", "clusterrunner_read=1", "clusterrunner_read=x.y"] {
            #expect(try !sessions.isLoggedIn(odd, at: 0))
        }
    }
}
