/// Output of commands as HTML, with the colours that a terminal shows.
///
/// Everything that was printed is escaped; styles become classes of the stylesheet, since the policy of the pages allows
/// no others.
package enum TerminalMarkup {
    /// The lines of an output as items of a list, each with its number and a link to it; `first` is the number of the first
    /// one, from 1.
    static func items(_ text: String, first: Int) -> String {
        var html = ""
        var style = TerminalStyle()
        var line = Line()
        var number = first
        var scanner = TerminalScanner(text)
        while let token = scanner.next() {
            switch token {
            case .character(let scalar): line.append(scalar, style)
            case .carriageReturn: line.writeOver()
            case .style(let numbers): style.apply(numbers)
            case .newline:
                html += item(line, number)
                number += 1
                line = Line()
            }
        }
        if !line.isEmpty { html += item(line, number) }
        return html
    }

    private static func item(_ line: Line, _ number: Int) -> String {
        "<li id=\"L\(number)\"><a href=\"?line=\(number)#L\(number)\" aria-label=\"Line \(number)\">\(number)</a>"
            + "<span>\(line.html)</span></li>\n"
    }

    /// A line that is being written.
    private struct Line {
        private var runs: [(style: TerminalStyle, text: String.UnicodeScalarView)] = []
        private var isWrittenOver = false

        var isEmpty: Bool { runs.isEmpty }

        var html: String {
            runs.map { style, text in
                let escaped = MarkupText().escapeText(String(text))
                return style.classes.map { "<span class=\"\($0)\">\(escaped)</span>" } ?? escaped
            }.joined()
        }

        mutating func append(_ scalar: Unicode.Scalar, _ style: TerminalStyle) {
            if isWrittenOver { runs = [] }
            isWrittenOver = false
            if runs.last?.style == style {
                runs[runs.count - 1].text.append(scalar)
            } else {
                runs.append((style, String.UnicodeScalarView([scalar])))
            }
        }

        /// What follows takes the place of the line.
        mutating func writeOver() { isWrittenOver = true }
    }
}
