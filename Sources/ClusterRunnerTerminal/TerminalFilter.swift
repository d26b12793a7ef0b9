/// A filter for output that goes to a terminal while it is printed.
///
/// Text, line ends, carriage returns, backspaces and styles pass; everything else by which a program can steer a terminal
/// is left out.
package struct TerminalFilter: Sendable {
    private var scanner = TerminalScanner()
    private var style = TerminalStyle()
    private let isColoured: Bool

    /// Creates a filter; without colours, no style passes.
    package init(isColoured: Bool) {
        self.isColoured = isColoured
    }

    /// Takes the next piece of the output; returns what of it may be shown.
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

    /// Ends the output; returns the sequence that brings the terminal back to its own style, if one is needed.
    package mutating func end() -> String {
        defer { style = TerminalStyle() }
        return isColoured ? TerminalStyle().sequence(after: style) : ""
    }
}
