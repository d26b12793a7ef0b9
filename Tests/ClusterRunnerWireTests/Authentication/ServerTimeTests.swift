import ClusterRunnerWire
import Testing

@Suite struct ServerTimeTests {
    private let authenticator: MessageAuthenticator

    init() throws {
        authenticator = try MessageAuthenticator(key: Array("secret-secret".utf8))
    }

    @Test func `It survives the header, and answers one request only`() throws {
        let time = try ServerTime(time: 1_700_000_000, run: "r-1", nonce: "n-1", authenticator: authenticator)
        #expect(time.headerValue.hasPrefix("t=1700000000,r=r-1,s="))
        let read = try #require(ServerTime(headerValue: time.headerValue))
        #expect(read == time)
        #expect(try read.isValid(nonce: "n-1", authenticator: authenticator))
        #expect(try !read.isValid(nonce: "n-2", authenticator: authenticator))
    }

    @Test func `Another time or run, or another secret, is not believed`() throws {
        let time = try ServerTime(time: 1_700_000_000, run: "r-1", nonce: "n-1", authenticator: authenticator)
        for value in ["t=1700000001,r=r-1,s=\(time.mac)", "t=1700000000,r=r-2,s=\(time.mac)"] {
            let forged = try #require(ServerTime(headerValue: value))
            #expect(try !forged.isValid(nonce: "n-1", authenticator: authenticator))
        }
        let other = try MessageAuthenticator(key: Array("another-secret".utf8))
        #expect(try !time.isValid(nonce: "n-1", authenticator: other))
    }

    @Test(arguments: ["", "t=1", "s=ab", "t=x,r=r,s=ab", "t=1,r=r,s", "t=1,s=ab", "1"])
    func `What is malformed is no time`(value: String) {
        #expect(ServerTime(headerValue: value) == nil)
    }
}
