import Testing

@testable import ClusterRunnerPlugin

@Suite struct SentenceTests {
    @Test(arguments: [
        ("No space left", "No space left."), ("No space left.", "No space left."), ("Why?\n", "Why?"), ("", ""),
        ("and so on...", "and so on..."),
    ])
    func `A sentence has one full stop`(text: String, sentence: String) {
        #expect(text.asSentence == sentence)
    }

    @Test func `What another program says is joined into a sentence without a second full stop`() {
        #expect("Cannot read a: \(clause: "It failed.")." == "Cannot read a: It failed.")
        #expect("\(sentence: "It failed") Trying again." == "It failed. Trying again.")
        let error = ClusterRunnerError(.failed, "There is no room.")
        #expect("Cannot write a: \(clause: error)." == "Cannot write a: There is no room.")
    }

    @Test(arguments: [("It failed. ", "It failed"), ("It failed", "It failed"), ("and so on...", "and so on...")])
    func `A clause has none`(text: String, clause: String) {
        #expect(text.asClause == clause)
    }
}
