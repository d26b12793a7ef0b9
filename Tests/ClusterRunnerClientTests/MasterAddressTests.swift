import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerClient

@Suite struct MasterAddressTests {
    @Test(arguments: [
        ("host", "http://host:43000"), ("host:1234", "http://host:1234"), ("http://host:1234", "http://host:1234"),
        ("https://host", "https://host:43000"), ("https://host:1/", "https://host:1"),
        ("10.0.0.1:65535", "http://10.0.0.1:65535"),
        ("[::1]:43000", "http://[::1]:43000"), ("[fe80::1]", "http://[fe80::1]:43000"),
        ("my_host-1.example.com", "http://my_host-1.example.com:43000"), ("http://host//", "http://host:43000"),
    ])
    func `A host, with or without port and scheme, is an address`(text: String, url: String) throws {
        let address = try MasterAddress(text)
        #expect(address.url == url)
        #expect(address.isHTTPS == url.hasPrefix("https"))
        #expect(url.hasSuffix("//\(address)"))
    }

    @Test func `An IPv6 address is kept without brackets, and printed with them`() throws {
        let address = MasterAddress(host: "::1", port: 1)
        #expect(address.description == "[::1]:1")
        #expect(address.url == "http://[::1]:1")
        #expect(try MasterAddress("[::1]:1") == address)
        #expect(MasterAddress(host: "[::1]", port: 1) == address)
        #expect(try MasterAddress("[fe80::1%eth0]:2").url == "http://[fe80::1%25eth0]:2")
    }

    @Test(arguments: [
        "", "http://", ":43000", "host:", "host:0", "host:65536", "host:-1", "host:port", "host:1:2", "::1",
        "ftp://host:1", "host/path", "host:1/path", "user@host", "user:pass@host:1", "a b", "host?x", "host#x",
        "[]", "[:::]", "[host]", "[::1%]", "[::1", "[::1]x:1", "http://https://host", "host\n",
    ])
    func `Anything else is an error that shows it`(text: String) {
        let error = #expect(throws: ClusterRunnerError.self) { try MasterAddress(text) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message == "\"\(text)\" is not the address of a master. Use HOST:PORT or https://HOST:PORT.")
    }
}

@Suite struct RetryPolicyTests {
    @Test func `The wait doubles up to its maximum and stays there`() {
        let policy = RetryPolicy(initial: .milliseconds(100), maximum: .seconds(5))
        let waits = (1...8).map { policy.delay(afterFailures: $0) }
        let expected = [100, 200, 400, 800, 1600, 3200, 5000, 5000].map { Duration.milliseconds($0) }
        #expect(waits == expected)
        #expect(policy.delay(afterFailures: .max) == .seconds(5))
        #expect(policy.delay(afterFailures: 0) == .milliseconds(100))
        #expect(policy.delay(afterFailures: .min) == .milliseconds(100))
    }

    @Test func `Only a master that did not answer, or cannot now, is worth another try`() throws {
        let policy = RetryPolicy()
        let address = MasterAddress(host: "host", port: 1)
        #expect(policy.isWorthRetrying(MasterUnreachable(address: address, reason: "busy")))
        #expect(!policy.isWorthRetrying(ClusterRunnerError(.failed, "no")))
        #expect(!policy.isWorthRetrying(ClusterRunnerError(.sessionExpired, "no")))
        #expect(!policy.isWorthRetrying(CancellationError()))
    }
}
