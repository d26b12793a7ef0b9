import ClusterRunnerTesting
import Foundation
import Testing

@testable import ClusterRunnerMaster

struct ConsoleSearchTests {
    private func matches(_ pieces: [String], _ text: String, limit: Int = 10) -> ConsoleMatches {
        var search = ConsoleSearch(text, limit: limit)
        for piece in pieces { search.add(Array(piece.utf8)[...]) }
        search.finish(isAtEnd: true)
        return search.matches
    }

    private func line(_ number: Int, _ text: String) -> ConsoleMatches.Line { .init(number: number, text: text) }

    @Test func `Lines with a text are found, whatever their case, colour, and the pieces they come in`() {
        let pieces = ["one\nTw", "o\n\u{1B}[31mt\u{1B}[0m", "wo", " end\nthree\nlast two"]
        let expected = ConsoleMatches(lines: [line(1, "Two"), line(2, "two end"), line(4, "last two")], next: nil)
        #expect(matches(pieces, "two") == expected)
        #expect(matches([pieces.joined()], "TWO") == expected)
    }

    @Test(arguments: [
        ("10 %\rdone\n", "done"), ("\u{1B}]8;;http://x\u{1B}\\a link\u{1B}]8;;\u{1B}\\\n", "a link"),
        ("e\u{202E}v\u{2066}il\n", "evil"), ("x\u{9B}31my\r\n", "xy"), ("t\u{8}test\u{0}ing", "testing"),
    ])
    func `What is seen of a line is found, and nothing else`(output: String, text: String) {
        #expect(matches([output], text).lines == [line(0, text)])
        #expect(matches([output], "10 %").lines.isEmpty)
        #expect(matches([output], "http").lines.isEmpty)
    }

    @Test func `A search ends when it has enough, and says where to go on`() {
        let found = matches(["x\nx\ny\nx\n"], "x", limit: 2)
        #expect(found == ConsoleMatches(lines: [line(0, "x"), line(1, "x")], next: 2))
    }

    @Test func `An overlong line is looked at as far as its limit, and no more of it is kept`() {
        let beginning = String(repeating: "a", count: ConsoleSearch.lineLimit)
        #expect(matches([beginning, "needle\nnext needle\n"], "needle").lines == [line(1, "next needle")])
        #expect(matches(["needle" + beginning, "\n"], "needle").lines.map(\.number) == [0])
    }

    @Test func `A file is searched from a line on`() async throws {
        try await withScratchDirectory { directory in
            let path = "\(directory)/output"
            let text = (0..<200_000).map { "line \($0)\(($0 % 50_000) == 7 ? " needle" : "")\n" }.joined()
            try Data(text.utf8).write(to: URL(filePath: path))
            let console = try IndexedConsole(path: path, index: "\(path).index", isWhole: true)
            var search = ConsoleSearch("NEEDLE", limit: 3)
            try await console.search(&search, from: 8)
            #expect(search.matches.lines.map(\.number) == [50_007, 100_007, 150_007])
            #expect(search.matches.next == 150_008)
            var rest = ConsoleSearch("NEEDLE", limit: 3)
            try await console.search(&rest, from: 150_008)
            #expect(rest.matches == ConsoleMatches())
        }
    }
}
