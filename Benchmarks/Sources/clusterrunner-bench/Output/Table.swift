/// A table as text, with the first column aligned left and the others right.
struct Table {
    /// The headings of the columns.
    let head: [String]
    /// The rows.
    private(set) var rows: [[String]] = []

    /// Creates a table without rows.
    init(_ head: [String]) {
        self.head = head
    }

    /// Adds a row.
    mutating func add(_ cells: [String]) {
        rows.append(cells)
    }

    /// The table as Markdown, each row a line.
    var text: String {
        let widths = head.indices.map { column in ([head] + rows).map { $0[column].count }.max() ?? 0 }
        let rule =
            "|"
            + widths.enumerated().map { column, width in
                String(repeating: "-", count: width + 1) + (column == 0 ? "-" : ":")
            }.joined(separator: "|") + "|"
        return ([line(head, widths), rule] + rows.map { line($0, widths) }).joined(separator: "\n")
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        let padded = zip(cells, widths).enumerated().map { column, cell in
            let space = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
            return column == 0 ? cell.0 + space : space + cell.0
        }
        return "| " + padded.joined(separator: " | ") + " |"
    }
}

extension Double {
    /// Formats the value with a number of decimals.
    func fixed(_ digits: Int) -> String {
        let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
        let scaled = (abs(self) * scale).rounded()
        guard scaled.isFinite, scaled < 1e15 else { return "\(self)" }
        let whole = String(Int(scaled))
        let sign = self < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return sign + whole }
        let padded = String(repeating: "0", count: max(0, digits + 1 - whole.count)) + whole
        return sign + padded.dropLast(digits) + "." + padded.suffix(digits)
    }
}
