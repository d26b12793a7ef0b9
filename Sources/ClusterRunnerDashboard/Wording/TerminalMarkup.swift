import ClusterRunnerTerminal

/// Output of commands as HTML, with the colours that a terminal shows.
///
/// All output is escaped. Styles become classes of the stylesheet, because the policy of the pages allows no others.
package enum TerminalMarkup {
    /// Returns the lines of an output as list items, each with its number and a link to it; `first` is the number of
    /// the first one, from 1.
    static func items(_ text: String, first: Int) -> String {
        zip(first..., TerminalLines(text)).map { item($1, $0) }.joined()
    }

    /// Returns an output as lines with their styles, for a `pre` element.
    static func block(_ text: String) -> String {
        block(TerminalLines(text))
    }

    private static func block(_ lines: some Sequence<TerminalLine>) -> String {
        lines.map { $0.isEnded ? html($0) + "\n" : html($0) }.joined()
    }

    /// Returns the last lines of an output, at most `count` of at most `bytes` bytes, as ``block(_:)`` does; nil for an
    /// output without text.
    static func end(of text: String, lines count: Int, bytes: Int = 8 << 10) -> String? {
        let end = String(decoding: text.utf8.suffix(bytes), as: UTF8.self)
        let shown = Array(TerminalLines(end)).suffix(count)
        guard shown.contains(where: { !$0.text.isEmpty }) else { return nil }
        return block(shown)
    }

    private static func item(_ line: TerminalLine, _ number: Int) -> String {
        "<li id=\"L\(number)\"><a href=\"?line=\(number)#L\(number)\" aria-label=\"Line \(number)\">\(number)</a>"
            + "<span>\(html(line))</span></li>\n"
    }

    private static func html(_ line: TerminalLine) -> String {
        line.runs.map { run in
            let escaped = MarkupText().escapeText(String(run.text))
            let classes = classes(of: run.style)
            return classes.isEmpty ? escaped : "<span class=\"\(classes.joined(separator: " "))\">\(escaped)</span>"
        }.joined()
    }

    /// Returns the classes of a style; empty for plain text.
    private static func classes(of style: TerminalStyle) -> [String] {
        var names = TerminalStyle.Flag.allCases.filter(style.flags.contains).map { "t-\($0.rawValue)" }
        if let foreground = style.foreground { names.append("t-f\(foreground.nearestNamed)") }
        if let background = style.background { names.append("t-b\(background.nearestNamed)") }
        return names
    }
}
