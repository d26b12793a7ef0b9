import ClusterRunnerConcurrency
import ClusterRunnerWire
import Testing

@Suite struct RequestSignatureTests {
    private let authenticator: MessageAuthenticator

    init() throws {
        authenticator = try MessageAuthenticator(key: Array("secret-secret".utf8))
    }

    private func signature(
        method: String = "POST",
        path: String = "/v1/slave?x=1",
        bodyDigest: String = "abc",
        run: String = "r-1",
        time: Int = 1_700_000_000,
        nonce: String = "n-1"
    ) throws -> RequestSignature {
        try RequestSignature(
            method: method,
            path: path,
            bodyDigest: bodyDigest,
            run: run,
            time: time,
            nonce: nonce,
            authenticator: authenticator
        )
    }

    private func isValid(
        _ signature: RequestSignature,
        method: String = "POST",
        path: String = "/v1/slave?x=1",
        bodyDigest: String = "abc"
    ) throws -> Bool {
        try signature.isValid(method: method, path: path, bodyDigest: bodyDigest, authenticator: authenticator)
    }

    @Test func `It signs method, path, run, time, nonce and digest, a line each, with a key of its own`() throws {
        let text = "POST\n/v1/slave?x=1\nr-1\n1700000000\nn-1\nabc"
        #expect(try signature().mac == authenticator.digest(of: text.utf8, for: .signature))
    }

    @Test func `The header's value is read as it is written`() throws {
        let signature = try signature()
        #expect(signature.headerValue == "t=1700000000,n=n-1,r=r-1,s=\(signature.mac)")
        #expect(RequestSignature(headerValue: signature.headerValue) == signature)
        #expect(try isValid(signature))
    }

    @Test(arguments: [
        "", "t=1", "t=1,n=a,r=c", "n=a,r=c,s=b", "t=x,n=a,r=c,s=b", "t=1,n=a,r=c,s", "nonsense", "t=1,n=a,s=b",
        "t=1,n=\(String(repeating: "a", count: 65)),r=c,s=b", "t=1,n=a,r=\(String(repeating: "a", count: 65)),s=b",
        "t=99999999999999999999,n=a,r=c,s=b",
    ])
    func `A malformed value is no signature`(value: String) {
        #expect(RequestSignature(headerValue: value) == nil)
    }

    @Test func `It holds for no other request`() throws {
        let signature = try signature()
        #expect(try !isValid(signature, method: "PUT"))
        #expect(try !isValid(signature, path: "/v1/slave"))
        #expect(try !isValid(signature, path: "/v1/slave?x=2"))
        #expect(try !isValid(signature, bodyDigest: "abd"))
    }

    @Test(arguments: [("t=1,n=a,s=b", true), ("t=1,n=a,r=c,s=b", false), ("t=1", false), ("", false)])
    func `A signature that names no service is one of an earlier version`(value: String, isOutdated: Bool) {
        #expect(RequestSignature.isOutdated(headerValue: value) == isOutdated)
    }

    @Test func `Nobody can change its time, nonce or run, or make it with another secret`() throws {
        let mac = try signature().mac
        let start = "t=1700000000,n=n-1"
        for value in [
            "t=1700000001,n=n-1,r=r-1,s=\(mac)", "t=1700000000,n=n-2,r=r-1,s=\(mac)", "\(start),r=r-1,s=\(mac)0",
            "\(start),r=r-2,s=\(mac)",
        ] {
            #expect(try !isValid(#require(RequestSignature(headerValue: value))))
        }
        let other = try MessageAuthenticator(key: Array("another-secret".utf8))
        #expect(
            try !signature().isValid(method: "POST", path: "/v1/slave?x=1", bodyDigest: "abc", authenticator: other)
        )
    }
}

// MARK: Replays

extension RequestSignatureTests {
    /// Makes a moment at a time of the wall clock, which has not been set since the start.
    private static func moment(_ second: Int) -> Moment {
        Moment(wall: Double(second), uptime: .seconds(second - 1_700_000_000))
    }

    @Test func `A request is admitted once`() throws {
        var replays = ReplayGuard()
        let signature = try signature()
        let answers = (0..<3).map { _ in replays.objection(to: signature, at: Self.moment(1_700_000_000)) }
        let sentence = "The request was received before: its nonce n-1 is used up."
        #expect(answers == [nil, .replay(sentence), .replay(sentence)])
    }

    @Test(arguments: [(-300, true), (300, true), (-301, false), (301, false)])
    func `Clocks may differ by five minutes and no more`(difference: Int, isAdmitted: Bool) throws {
        var replays = ReplayGuard()
        let now = 1_700_000_000 + difference
        let objection = replays.objection(to: try signature(), at: Self.moment(now))
        let sentence = "The request was signed at 1700000000, but it is \(now) here: more than 300 s apart."
        #expect(objection == (isAdmitted ? nil : .time(sentence)))
    }

    @Test(arguments: [Int.min, Int.max, 0, -1])
    func `A time that no clock shows is refused`(time: Int) throws {
        var replays = ReplayGuard()
        let objection = replays.objection(to: try signature(time: time), at: Self.moment(1_700_000_000))
        let sentence = "The request was signed at \(time), but it is 1700000000 here: more than 300 s apart."
        #expect(objection == .time(sentence))
    }

    @Test func `A refused request does not use up its nonce`() throws {
        var replays = ReplayGuard()
        let signature = try signature()
        _ = replays.objection(to: signature, at: Self.moment(1_700_000_900))
        let objection = replays.objection(to: signature, at: Self.moment(1_700_000_000))
        #expect(objection == nil)
    }

    @Test(arguments: [10, 290, 310, 599, 601, 700])
    func `As long as its time is admitted a nonce is remembered, whatever else comes`(offset: Int) throws {
        let start = 1_700_000_000
        var replays = ReplayGuard(window: 300)
        for second in stride(from: start, to: start + offset, by: 10) {
            _ = replays.objection(to: try signature(time: second, nonce: "at \(second)"), at: Self.moment(second))
        }
        // Signed by a clock that is ahead by the permitted maximum, so it is admitted for twice the window.
        let ahead = try signature(time: start + offset + 300)
        let first = replays.objection(to: ahead, at: Self.moment(start + offset))
        #expect(first == nil)
        for second in (start + offset)...(start + offset + 600) {
            _ = replays.objection(to: try signature(time: second, nonce: "later \(second)"), at: Self.moment(second))
            let objection = replays.objection(to: ahead, at: Self.moment(second))
            #expect(objection != nil, "after \(second - start - offset) s")
        }
    }

    @Test func `A clock that is set forwards and back again makes no nonce forgotten`() throws {
        var replays = ReplayGuard()
        let signature = try signature()
        let first = replays.objection(to: signature, at: Moment(wall: 1_700_000_000, uptime: .seconds(0)))
        for (index, wall) in [1_700_009_000, 1_700_018_000, 1_700_027_000].enumerated() {
            let other = try self.signature(time: wall, nonce: "at \(wall)")
            let admitted = replays.objection(to: other, at: Moment(wall: Double(wall), uptime: .seconds(index + 1)))
            #expect(admitted == nil)
        }
        let again = replays.objection(to: signature, at: Moment(wall: 1_700_000_010, uptime: .seconds(10)))
        #expect(first == nil)
        #expect(again == .replay("The request was received before: its nonce n-1 is used up."))
    }
}
