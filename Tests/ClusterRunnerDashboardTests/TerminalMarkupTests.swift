import Testing

@testable import ClusterRunnerDashboard

struct TerminalMarkupTests {
    private func lines(_ text: String) -> [String] {
        TerminalMarkup.items(text, first: 1).split(separator: "\n").map { item in
            String(item.split(separator: "<span>", maxSplits: 1)[1].dropLast("</span></li>".count))
        }
    }

    @Test func `The end of an output has its last lines with their colours, and none of a broken character`() {
        #expect(
            TerminalMarkup.end(of: "1\n2\n\u{1B}[31m3\n4", lines: 2)
                == "<span class=\"t-f1\">3</span>\n<span class=\"t-f1\">4</span>"
        )
        #expect(TerminalMarkup.end(of: "<b>\n", lines: 9) == "&lt;b&gt;\n")
        for nothing in ["", "\n\n", "\u{1B}[31m"] { #expect(TerminalMarkup.end(of: nothing, lines: 3) == nil) }
        #expect(TerminalMarkup.end(of: String(repeating: "x", count: 99) + "é", lines: 3, bytes: 3) == "xé")
        #expect(TerminalMarkup.end(of: "aé", lines: 3, bytes: 1) == "\u{FFFD}")
    }

    @Test func `Each line has its number and a link to it`() {
        #expect(
            TerminalMarkup.items("a\nb", first: 41) == """
                <li id="L41"><a href="?line=41#L41" aria-label="Line 41">41</a><span>a</span></li>
                <li id="L42"><a href="?line=42#L42" aria-label="Line 42">42</a><span>b</span></li>

                """
        )
    }

    @Test func `What was printed is escaped, in colours too`() {
        let hostile = "\u{1B}[31m<script>alert(\"1\")</script>\u{1B}[0m\" onclick='x' &amp;\0"
        let expected = """
            <span class="t-f1">&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;</span>&quot; onclick=&#39;x&#39; &amp;amp;
            """
        #expect(lines(hostile) == [expected])
    }

    @Test(arguments: [
        ("\u{1B}[1;32mok\u{1B}[m no", "<span class=\"t-bold t-f2\">ok</span> no"),
        ("\u{1B}[38;5;196mx", "<span class=\"t-f9\">x</span>"),
        ("\u{1B}[38;2;0;90;0mx", "<span class=\"t-f2\">x</span>"),
        ("\u{1B}[97;41mx\u{1B}[39;49my", "<span class=\"t-f15 t-b1\">x</span>y"),
        ("\u{1B}[38;5mx\u{1B}[999999999999999999999my", "xy"), ("\u{1B}[2K\u{1B}[1Ax", "x"),
        ("\u{1B}]0;title\u{7}x", "x"), ("\u{1B}]8;;javascript:alert(1)\u{1B}\\x\u{1B}]8;;\u{1B}\\", "x"),
        ("10 %\r20 %\rdone", "done"), ("kept\r", "kept"), ("\u{202E}evil\u{2066}", "evil"), ("a\u{8}b\u{7F}", "b"),
        ("\u{1B}", ""), ("\u{1B}[", ""), ("\u{1B}[31", ""),
    ])
    func `Terminals' sequences become classes or nothing`(text: String, html: String) {
        #expect(lines("\(text)\nend").first == html)
    }

    @Test func `A colour lasts over the end of a line`() {
        #expect(
            lines("\u{1B}[33ma\nb\u{1B}[0m\nc") == [
                "<span class=\"t-f3\">a</span>", "<span class=\"t-f3\">b</span>", "c",
            ]
        )
    }
}
