import Testing

@testable import ClusterRunnerCore

@Suite struct SentenceTests {
    @Test(arguments: [
        ("No space left", "No space left."), ("No space left.", "No space left."), ("Why?\n", "Why?"), ("", ""),
        ("and so on...", "and so on..."),
    ])
    func `A sentence has one full stop`(text: String, sentence: String) {
        #expect(text.asSentence == sentence)
    }

    @Test(arguments: [("It failed. ", "It failed"), ("It failed", "It failed"), ("and so on...", "and so on...")])
    func `A clause has none`(text: String, clause: String) {
        #expect(text.asClause == clause)
    }
}
