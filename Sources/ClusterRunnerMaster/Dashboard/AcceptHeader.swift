/// The preference of a client for a page or for data.
enum AcceptHeader {
    /// Whether `Accept` ranks HTML above JSON; false without the header.
    static func prefersHTML(_ header: String?) -> Bool {
        guard let header else { return false }
        let ranges = header.split(separator: ",").map(Range.init)
        let html = rank(of: ["text/html", "text/*", "*/*"], in: ranges)
        let json = rank(of: ["application/json", "application/*", "*/*"], in: ranges)
        return html > json
    }

    /// A media range with its weight.
    private struct Range {
        let type: String
        let weight: Double

        init(_ text: Substring) {
            let parts = text.split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
            type = parts.first ?? ""
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 }
            self.weight = weight ?? 1
        }
    }

    /// Returns the weight of the most exact matching range.
    private static func rank(of types: [String], in ranges: [Range]) -> Double {
        for type in types {
            if let range = ranges.first(where: { $0.type == type }) { return range.weight }
        }
        return 0
    }
}
