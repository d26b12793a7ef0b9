import Testing

@testable import ClusterRunnerPlugin

@Suite struct ExcerptTests {
    @Test func `A text is shown on one line`() {
        #expect(excerpt(of: "a\r\nb\tc\0d\u{1b}[0m") == "\"a\\r\\nb\\tc\\0d\u{FFFD}[0m\"")
    }

    @Test func `A long text is cut after sixty characters`() {
        let sixty = String(repeating: "é", count: 60)
        #expect(excerpt(of: sixty) == "\"\(sixty)\"")
        #expect(excerpt(of: sixty + "x") == "\"\(sixty)…\"")
    }
}
