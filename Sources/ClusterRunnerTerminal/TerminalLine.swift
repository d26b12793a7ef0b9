/// One line of output, as a terminal shows it after its end.
package struct TerminalLine: Sendable, Equatable {
    /// A piece of a line in one style.
    package struct Run: Sendable, Equatable {
        package let style: TerminalStyle
        package fileprivate(set) var text: String.UnicodeScalarView

        package static func == (left: Run, right: Run) -> Bool {
            left.style == right.style && left.text.elementsEqual(right.text)
        }
    }

    /// The pieces, from left to right; none is empty.
    package private(set) var runs: [Run] = []
    /// Whether a newline ended the line.
    package var isEnded = false
    private var isWrittenOver = false
    /// Number of characters that the next one overwrites.
    private var steps = 0

    /// Creates an empty line.
    package init() {}

    /// The text without its styles.
    package var text: String {
        var text = String.UnicodeScalarView()
        for run in runs { text.append(contentsOf: run.text) }
        return String(text)
    }

    mutating func append(_ scalar: Unicode.Scalar, _ style: TerminalStyle) {
        if isWrittenOver { runs = [] }
        isWrittenOver = false
        while steps > 0 {
            removeLast()
            steps -= 1
        }
        if runs.last?.style == style {
            runs[runs.count - 1].text.append(scalar)
        } else {
            runs.append(Run(style: style, text: .init([scalar])))
        }
    }

    /// Returns to the beginning: the next character replaces the whole line, as in progress displays.
    mutating func carriageReturn() {
        isWrittenOver = true
        steps = 0
    }

    /// Goes back by a character, which the next one overwrites.
    mutating func backspace() {
        if !isWrittenOver { steps += 1 }
    }

    private mutating func removeLast() {
        guard let last = runs.indices.last else { return }
        runs[last].text.removeLast()
        if runs[last].text.isEmpty { runs.removeLast() }
    }
}

/// The lines of an output, as a terminal shows them; styles continue across line ends.
package struct TerminalLines: Sequence, IteratorProtocol {
    private var scalars: String.UnicodeScalarView.Iterator
    private var scanner = TerminalScanner()
    private var style = TerminalStyle()

    /// Creates the lines of a text.
    package init(_ text: String) {
        scalars = text.unicodeScalars.makeIterator()
    }

    /// Returns the next line; nil at the end.
    package mutating func next() -> TerminalLine? {
        var line = TerminalLine()
        while let scalar = scalars.next() {
            switch scanner.take(scalar) {
            case .character(let scalar): line.append(scalar, style)
            case .carriageReturn: line.carriageReturn()
            case .backspace: line.backspace()
            case .style(let numbers): style.apply(numbers)
            case .newline:
                line.isEnded = true
                return line
            case nil: break
            }
        }
        return line.runs.isEmpty ? nil : line
    }
}
