import ClusterRunnerPlugin
import Testing

@testable import ClusterRunnerMaster

@Suite struct ConsoleExcerptTests {
    private func excerpt(_ chunks: [String], offset: Int? = nil, maxLines: Int = 50) -> ConsoleExcerpt {
        ConsoleExcerpt(of: { chunks.map { Array($0.utf8) } }, offset: offset, maxLines: maxLines)
    }

    private func text(_ excerpt: ConsoleExcerpt) -> String { String(decoding: excerpt.content, as: UTF8.self) }

    @Test func `Without an offset it is the last lines`() {
        let excerpt = excerpt(["a\nb\nc\n"], maxLines: 2)
        #expect(text(excerpt) == "b\nc\n")
        #expect([excerpt.offset, excerpt.count, excerpt.total] == [1, 2, 3])
    }

    @Test func `With an offset it is the lines from there`() {
        let excerpt = excerpt(["a\nb\nc\n"], offset: 1, maxLines: 1)
        #expect(text(excerpt) == "b\n")
        #expect([excerpt.offset, excerpt.count, excerpt.total] == [1, 1, 3])
    }

    @Test func `A last line without a newline is a line`() {
        let excerpt = excerpt(["a\nb"])
        #expect(text(excerpt) == "a\nb")
        #expect([excerpt.offset, excerpt.count, excerpt.total] == [0, 2, 2])
    }

    @Test(arguments: [[], [""], ["", ""]]) func `An empty output has no lines`(chunks: [String]) {
        let excerpt = excerpt(chunks)
        #expect(excerpt.content.isEmpty)
        #expect([excerpt.offset, excerpt.count, excerpt.total] == [0, 0, 0])
    }

    @Test func `An offset beyond the end is the end`() {
        let excerpt = excerpt(["a\n"], offset: 9)
        #expect(excerpt.content.isEmpty)
        #expect([excerpt.offset, excerpt.count, excerpt.total] == [1, 0, 1])
    }

    @Test func `Lines may begin in one chunk and end in another`() {
        let excerpt = excerpt(["a", "a\nb", "b", "\n", "c"], offset: 1, maxLines: 1)
        #expect(text(excerpt) == "bb\n")
        #expect(excerpt.total == 3)
    }

    @Test func `The largest numbers do no harm`() {
        #expect(text(excerpt(["a\nb\n"], maxLines: .max)) == "a\nb\n")
        #expect(text(excerpt(["a\nb\n"], offset: 1, maxLines: .max)) == "b\n")
        #expect(excerpt(["a\nb\n"], offset: .max, maxLines: .max).count == 0)
    }
}
