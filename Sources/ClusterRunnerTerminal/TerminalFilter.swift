/// A filter for output that is shown on a terminal while it is printed.
///
/// Text, line ends, carriage returns, backspaces and styles pass. All other means of controlling a terminal are
/// removed.
package struct TerminalFilter: Sendable {
    private var scanner = TerminalScanner()
    private var style = TerminalStyle()
    private let isColoured: Bool

    /// Creates a filter; without colours, all styles are removed.
    package init(isColoured: Bool) {
        self.isColoured = isColoured
    }

    /// Filters the next piece of the output.
    package mutating func pass(_ text: String) -> String {
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scanner.take(scalar) {
            case .character(let scalar): shown.append(scalar)
            case .newline: shown.append("\n")
            case .carriageReturn: shown.append("\r")
            case .backspace: shown.append("\u{8}")
            case .style(let numbers):
                let last = style
                style.apply(numbers)
                if isColoured { shown.append(contentsOf: style.sequence(after: last).unicodeScalars) }
            case nil: break
            }
        }
        return String(shown)
    }

    /// Ends the output; returns the sequence that restores the terminal's own style, or an empty text.
    package mutating func end() -> String {
        defer { style = TerminalStyle() }
        return isColoured ? TerminalStyle().sequence(after: style) : ""
    }
}
