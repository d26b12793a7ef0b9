import ClusterRunnerTerminal

/// A table of text: a line of titles, then the rows, in columns two blanks apart.
struct TextTable: Sendable {
    /// A column.
    struct Column: Sendable {
        let title: String
        var isNumber = false
        /// Whether it may be cut in a table that is too wide.
        var mayShrink = false
        /// Whether it is cut in the middle, as names are, and not at the end.
        var isName = false

        init(_ title: String, isNumber: Bool = false, mayShrink: Bool = false, isName: Bool = false) {
            self.title = title
            self.isNumber = isNumber
            self.mayShrink = mayShrink || isName
            self.isName = isName
        }
    }

    /// One field of a row.
    struct Cell: Sendable, ExpressibleByStringLiteral {
        let text: String
        let emphasis: TextStyle.Emphasis?

        init(_ text: String, _ emphasis: TextStyle.Emphasis? = nil) {
            self.text = TerminalText.line(text)
            self.emphasis = emphasis
        }

        init(stringLiteral text: String) { self.init(text) }
    }

    private(set) var columns: [Column]
    var rows: [[Cell]] = []

    init(columns: [Column]) {
        self.columns = columns
    }

    /// The minimum width of a column that is cut.
    private static let least = 8

    /// Removes columns by their titles.
    mutating func remove(_ titles: Set<String>) {
        let kept = columns.indices.filter { !titles.contains(columns[$0].title) }
        rows = rows.map { row in kept.filter(row.indices.contains).map { row[$0] } }
        columns = kept.map { columns[$0] }
    }

    /// Returns the lines; `width` is the width of the terminal, nil sets no limit.
    func lines(width: Int?, style: TextStyle = .plain) -> [String] {
        let widths = widths(within: width)
        let titles = columns.map { Cell($0.title, .bold) }
        return ([titles] + rows).map { line($0, widths, style) }
    }

    private func widths(within width: Int?) -> [Int] {
        var widths = columns.indices.map { index in
            rows.reduce(TerminalText.width(of: columns[index].title)) {
                max($0, index < $1.count ? TerminalText.width(of: $1[index].text) : 0)
            }
        }
        guard let width else { return widths }
        var excess = widths.reduce(2 * (columns.count - 1), +) - width
        // The widest first, so that the others stay whole as long as possible.
        while excess > 0 {
            let shrinkable = columns.indices.filter { columns[$0].mayShrink && widths[$0] > Self.least }
            guard let widest = shrinkable.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }

    private func line(_ cells: [Cell], _ widths: [Int], _ style: TextStyle) -> String {
        let fields = zip(columns.indices, cells).map { index, cell in
            let text =
                columns[index].isName
                ? TerminalText.shortened(cell.text, to: widths[index]) : TerminalText.cut(cell.text, to: widths[index])
            let padding = String(repeating: " ", count: max(0, widths[index] - TerminalText.width(of: text)))
            let shown = style(cell.emphasis, text)
            if columns[index].isNumber { return padding + shown }
            return index == columns.count - 1 ? shown : shown + padding
        }
        return fields.joined(separator: "  ")
    }
}
