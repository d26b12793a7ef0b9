import ClusterRunnerPlugin
import Testing

@Suite struct CredentialsTests {
    @Test(arguments: [
        ("https://user:pass@host/x", "https://***@host/x"), ("https://TOKEN@host/x", "https://***@host/x"),
        ("HTTP://u:p@ss@host", "HTTP://***@host"), ("ssh://git@host/x", "ssh://git@host/x"),
        ("ssh://git:p@host:22/x?a=b:c@d", "ssh://git:***@host:22/x?a=b:c@d"),
        ("https://host/a:b@c", "https://host/a:b@c"), ("git@host:x", "git@host:x"), ("plain", "plain"), ("", ""),
        ("://", "://"), ("https://", "https://"), ("https://@host", "https://***@host"),
        (
            "https://host/f?access_token=a&x=1&X-Amz-Signature=b&sig=c&key=d#e",
            "https://host/f?access_token=***&x=1&X-Amz-Signature=***&sig=***&key=***"
        ),
        (
            "fatal: \"https://a:b@h/x\" and 'http://c@d/'.\nhttps://e:f@g",
            "fatal: \"https://***@h/x\" and 'http://***@d/'.\nhttps://***@g"
        ),
    ])
    func `What a URL authenticates with is not shown`(text: String, shown: String) {
        #expect(Credentials.masked(in: text) == shown)
    }

    @Test func `No error shows credentials`() {
        let error = ClusterRunnerError(
            .failed,
            "Cannot reach https://a:b@h.",
            cause: ClusterRunnerError(.failed, "ftp://c:d@h")
        )
        #expect(error.description == "Cannot reach https://***@h. (cause: ftp://c:***@h)")
    }

    @Test func `Texts and names at any depth of a value are masked`() {
        let value: JSONValue = ["files": ["https://a:b@h/x": "n", "list": ["https://a:b@h", 3, .null]], "n": 1]
        let shown: JSONValue = ["files": ["https://***@h/x": "n", "list": ["https://***@h", 3, .null]], "n": 1]
        #expect(value.withoutCredentials == shown)
    }
}
