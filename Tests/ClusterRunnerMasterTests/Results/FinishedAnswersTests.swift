import ClusterRunnerDomain
import ClusterRunnerWire
import NIOCore
import Testing

@testable import ClusterRunnerMaster

struct FinishedAnswersTests {
    private let answers = FinishedAnswers(sizeLimit: 10)

    private func keep(_ text: String, about build: BuildID) {
        answers.keep(ByteBuffer(string: text), about: build, .v1, answers.answer(about: build, .v1).ticket)
    }

    private func answer(about build: BuildID) -> String? {
        answers.answer(about: build, .v1).bytes.map { String(buffer: $0) }
    }

    @Test func `An answer is kept for its build and its version`() {
        keep("one", about: 1)
        #expect(answer(about: 1) == "one")
        #expect(answer(about: 2) == nil)
        #expect(answers.answer(about: 1, .v2).bytes == nil)
    }

    @Test func `When there is no room the others are dropped, and what is too large is not kept`() {
        keep("12345", about: 1)
        keep("67890", about: 2)
        #expect(answer(about: 1) == "12345", "it fits exactly")
        keep("1", about: 3)
        #expect([1, 2].allSatisfy { answer(about: $0) == nil })
        keep("12345678901", about: 4)
        #expect(answer(about: 4) == nil)
        #expect(answer(about: 3) == "1")
        keep("123456789", about: 5)
        #expect(answer(about: 3) == "1")
        #expect(answer(about: 5) == "123456789", "what is replaced or forgotten makes room")
    }

    @Test func `The answer about a build that was removed while it was read is not kept`() {
        let ticket = answers.answer(about: 1, .v1).ticket
        answers.forget(build: 1)
        answers.keep(ByteBuffer(string: "old"), about: 1, .v1, ticket)
        #expect(answer(about: 1) == nil)
    }
}
