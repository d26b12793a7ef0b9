import ClusterRunnerConcurrency
import ClusterRunnerPlugin
import Logging
import NIOCore
import Synchronization
import Testing

@testable import ClusterRunnerHTTP

@Suite struct StrangerTests {
    private final class Channel: Sendable {}

    @Test func `Where connections are short, the oldest idle one without a signature goes`() {
        let table = ConnectionTable()
        table.limit(to: 16)
        let closed = Lock([Int]())
        let channels = (0..<14).map { _ in Channel() }
        let activities = channels.map { _ in ConnectionTable.Activity() }
        func open(_ index: Int) -> Int {
            table.open(ObjectIdentifier(channels[index]), activities[index]) { closed.withLock { $0.append(index) } }
        }
        for index in 0..<13 { #expect(open(index) == 0) }
        table.trust(ObjectIdentifier(channels[0]))
        activities[1].isBusy.store(true, ordering: .relaxed)
        #expect(open(13) == 1)
        #expect(closed.withLock { $0 } == [2])
    }

    @Test func `Callers that know the secret are never closed for strangers`() {
        let table = ConnectionTable()
        table.limit(to: 16)
        let slaves = (0..<16).map { _ in Channel() }
        for slave in slaves {
            table.open(ObjectIdentifier(slave), .init()) { Issue.record("A slave was closed.") }
            table.trust(ObjectIdentifier(slave))
        }
        let stranger = Channel()
        table.open(ObjectIdentifier(stranger), .init()) {}
        table.close(ObjectIdentifier(stranger))
    }

    @Test func `Bodies without a signature share memory, and small ones always pass`() throws {
        let account = UnverifiedBytes(limit: 1 << 20)
        #expect(try account.take(16 << 10, of: 16 << 10) == 0)
        let counted = try account.take(1 << 20, of: (1 << 20) + (16 << 10))
        #expect(counted == 1 << 20)
        let error = #expect(throws: ClusterRunnerError.self) { try account.take(1, of: 20 << 10) }
        #expect(error?.code == .unavailable)
        #expect(error?.message == "1 MiB of requests without a signature are on their way already. Try again later.")
        #expect(try account.take(100, of: 100) == 0)
        account.giveBack(counted)
        #expect(try account.take(1, of: 20 << 10) == 1)
    }

    @Test func `Each failed attempt of an address doubles its wait, and a right one ends it`() {
        var pace = AttemptPace()
        var now = Duration.zero
        var waits: [Int?] = []
        for _ in 0..<10 {
            pace.failed(from: "a", at: now)
            let wait = pace.wait(for: "a", at: now)
            waits.append(wait)
            now += .seconds(wait ?? 0)
        }
        #expect(waits == [nil, nil, 2, 3, 5, 9, 17, 33, 61, 61])
        #expect(pace.wait(for: "b", at: now) == nil)
        pace.failed(from: "a", at: now)
        pace.succeeded(from: "a")
        #expect(pace.wait(for: "a", at: now) == nil)
    }

    @Test func `The addresses that are remembered are bounded`() {
        var pace = AttemptPace()
        for index in 0..<10_050 { for _ in 0..<3 { pace.failed(from: "\(index)", at: .seconds(index)) } }
        #expect(pace.wait(for: "10049", at: .seconds(10_049)) != nil)
    }

    @Test(arguments: [
        ("localhost", true), ("LOCALHOST:43000", true), ("127.0.0.1:1", true), ("127.1.2.3", true),
        ("[::1]:43000", true),
        ("a.localhost", true), ("ci.example.org:443", true), ("CI.example.org", true),
        ("evil.example", false), ("127.0.0.1.evil.example", false), ("127.0.0.evil", false),
        ("localhost.evil.example", false),
        ("10.0.0.1", false), ("[::2]", false), ("", false),
    ])
    func `A service on loopback answers to local names and its own only`(authority: String, isAllowed: Bool) {
        #expect(LocalNames(hostname: "ci.example.org").allows(authority) == isAllowed)
    }
}
