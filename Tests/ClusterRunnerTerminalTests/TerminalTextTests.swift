import Testing

@testable import ClusterRunnerTerminal

@Suite struct TerminalTextTests {
    /// Output and its text for all readers: pages, the command line and searches.
    static let cases: [(output: String, text: String)] = [
        ("plain", "plain"), ("a\tb", "a\tb"), ("\u{1B}[1;31mred\u{1B}[0m text", "red text"),
        ("\u{1B}[2Jx\u{1B}[1;1Hy", "xy"), ("\u{1B}]0;title\u{7}after", "after"),
        ("\u{1B}]8;;http://x\u{1B}\\link\u{1B}]8;;\u{1B}\\", "link"), ("10%\r50%\r100%", "100%"), ("dos\r", "dos"),
        ("bell\u{7}", "bell"), ("over\u{8}\u{8}en", "oven"), ("_\u{8}u_\u{8}n", "un"), ("ab\u{8}\u{8}\u{8}\u{8}c", "c"),
        ("a\u{0}b\u{7F}c", "abc"), ("\u{202E}evil\u{2066}\u{2069}", "evil"), ("c1 \u{9B}31mred\u{9B}0m", "c1 red"),
        ("\u{9D}0;title\u{9C}x", "x"), ("\u{85}x", "x"), ("cut \u{1B}[", "cut "), ("cut \u{1B}", "cut "),
        ("\u{1B}(Bplain", "plain"), ("\u{1B}[>4;2mx", "x"), ("\u{1B}[31\u{1B}[32mx", "x"), ("\u{1B}[3é", "é"),
        ("✓ passed — 3½", "✓ passed — 3½"), ("e\u{301}", "e\u{301}"),
    ]

    @Test(arguments: cases) func `What steers a terminal is left out of output`(output: String, text: String) {
        #expect(Array(TerminalText.plain(output).unicodeScalars) == Array(text.unicodeScalars))
    }

    @Test(arguments: cases) func `A line of a terminal has the same text, with spaces for tabs`(
        output: String,
        text: String
    ) {
        #expect(TerminalText.line(output) == text.replacing("\t", with: "    "))
    }

    @Test(arguments: cases) func `A line that counts as plain is what is shown`(output: String, text: String) {
        if TerminalText.isPlain(Array(output.utf8)[...]) {
            #expect(Array(output.unicodeScalars) == Array(text.unicodeScalars))
        } else {
            let isUnusual = { (value: UInt32) in value < 0x20 || (0x7F...0x9F).contains(value) || value > 0x2000 }
            #expect(output.unicodeScalars.contains { isUnusual($0.value) })
        }
    }

    @Test func `Lines with marks of other languages are plain`() {
        #expect(TerminalText.isPlain(Array("✓ passed — 3½ “quoted” ‰\t\u{A0}…".utf8)[...]))
        #expect(!TerminalText.isPlain([0x61, 0xC2]))
    }

    @Test func `Lines end where they were ended, and a string that nothing ends does not swallow the next`() {
        #expect(TerminalText.plain("10%\r50%\r100%\ndone\r\n") == "100%\ndone\n")
        #expect(TerminalText.plain("\u{1B}]never ended\nnext line") == "\nnext line")
        #expect(TerminalText.line("two\nlines") == "two\u{FFFD}lines")
    }

    @Test func `Colours stay where there are some, and end with the line`() {
        #expect(TerminalText.line("a \u{1B}[31mred\u{1B}[2K", isColoured: true) == "a \u{1B}[31mred\u{1B}[0m")
        #expect(
            TerminalText.line("\u{1B}[1;38;5;196mx\u{1B}[48;2;1;2;3my\u{1B}[97mz\u{1B}[m.", isColoured: true)
                == "\u{1B}[1;38;5;196mx\u{1B}[0;1;38;5;196;48;2;1;2;3my\u{1B}[0;1;97;48;2;1;2;3mz\u{1B}[0m."
        )
        #expect(TerminalText.line("\u{1B}[31mwritten\rover", isColoured: true) == "\u{1B}[31mover\u{1B}[0m")
    }

    @Test func `Output that is followed passes in pieces, and sequences that are cut between them do not`() {
        var filter = TerminalFilter(isColoured: true)
        let pieces = ["50%\r", "\u{1B}", "[3", "1mred\u{1B}]0;ti", "tle\u{7}\u{202E}x\n"].map { filter.pass($0) }
        #expect(pieces == ["50%\r", "", "", "\u{1B}[31mred", "x\n"])
        #expect(filter.end() == "\u{1B}[0m")
        var plain = TerminalFilter(isColoured: false)
        #expect(plain.pass("\u{1B}[31mred") == "red")
        #expect(plain.end().isEmpty)
    }
}
