/// The value of a `key = value` line, which can be read as one text or as a comma list.
package struct INIValue: Sendable, Equatable {
    /// The whole value without quotes; nil when quotes make a list of it: `"a", "b"`.
    package let text: String?
    /// The entries of the value read as a comma list; a comma after the last one is allowed.
    package let elements: [String]

    /// Why a value cannot be read.
    package struct Malformed: Error, Equatable {
        /// The rest of a sentence that begins with "The value of KEY".
        package let predicate: String
    }

    /// Reads what stands behind the `=` of a line.
    ///
    /// A comment begins with a `#` at the start or after white space, outside quotes. Quotes have no escapes: a value
    /// with one kind of quote is put into the other kind.
    package init(written text: Substring) throws(Malformed) {
        var scanner = INIValueScanner(text)
        let entries = try scanner.scan()
        elements = entries.map(\.text)
        if !entries.contains(where: \.isQuoted) {
            self.text = String(scanner.consumed.trimmed)
        } else {
            self.text = entries.count == 1 ? entries[0].text : nil
        }
    }

    /// Takes a value from a flag or an environment variable, where quotes and `#` mean nothing.
    package init(verbatim text: String) {
        self.text = text
        elements =
            text.isEmpty
            ? []
            : text.split(separator: ",", omittingEmptySubsequences: false).map {
                String($0.trimmed)
            }
    }
}

/// Reads a value entry by entry.
private struct INIValueScanner {
    private let text: Substring
    private var rest: Substring

    init(_ text: Substring) {
        self.text = text
        rest = text
    }

    /// Everything up to the comment, if there is one.
    var consumed: Substring { text[..<rest.startIndex] }

    mutating func scan() throws(INIValue.Malformed) -> [(text: String, isQuoted: Bool)] {
        var entries: [(text: String, isQuoted: Bool)] = []
        skipSpaces()
        while let first = rest.first, first != "#" {
            let isQuoted = first == "\"" || first == "'"
            entries.append((isQuoted ? try quoted(by: first) : bare(), isQuoted))
            skipSpaces()
            guard rest.first == "," else { break }
            rest.removeFirst()
            skipSpaces()
        }
        guard rest.isEmpty || rest.first == "#" else {
            throw INIValue.Malformed(predicate: "goes on after its closing quote; quote the whole of it")
        }
        return entries
    }

    private mutating func quoted(by quote: Character) throws(INIValue.Malformed) -> String {
        let inside = rest.dropFirst()
        guard let end = inside.firstIndex(of: quote) else {
            throw INIValue.Malformed(predicate: "has no closing quote (\(quote))")
        }
        rest = inside[inside.index(after: end)...]
        return String(inside[..<end])
    }

    private mutating func bare() -> String {
        var end = rest.startIndex
        var afterSpace = false
        while end < rest.endIndex, rest[end] != ",", !(afterSpace && rest[end] == "#") {
            afterSpace = rest[end].isWhitespace
            end = rest.index(after: end)
        }
        defer { rest = rest[end...] }
        return String(rest[..<end].trimmed)
    }

    private mutating func skipSpaces() {
        rest = rest.drop(while: \.isWhitespace)
    }
}

extension StringProtocol {
    /// Without white space at both ends.
    package var trimmed: SubSequence {
        guard let first = firstIndex(where: { !$0.isWhitespace }),
            let last = lastIndex(where: { !$0.isWhitespace })
        else { return self[endIndex...] }
        return self[first...last]
    }
}
