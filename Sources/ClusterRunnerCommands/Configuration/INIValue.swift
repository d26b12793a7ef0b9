/// The value of a `key = value` line, readable as one text or as a comma list.
package struct INIValue: Sendable, Equatable {
    /// The whole value without quotes; nil when it is a quoted list: `"a", "b"`.
    package let text: String?
    /// The entries of the value as a comma list; a trailing comma is allowed.
    package let elements: [String]

    /// The error of an unreadable value.
    package struct Malformed: Error, Equatable {
        /// The rest of a sentence that begins with "The value of KEY".
        package let predicate: String
    }

    /// Parses the text after the `=` of a line.
    ///
    /// A comment begins with a `#` at the start or after white space, outside quotes. Quotes have no escapes: a value
    /// that contains one kind of quote goes into the other kind.
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

    /// Takes a value of a flag or an environment variable, in which quotes and `#` have no meaning.
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

/// A scanner of the entries of a value.
private struct INIValueScanner {
    private let text: Substring
    private var rest: Substring

    init(_ text: Substring) {
        self.text = text
        rest = text
    }

    /// The text up to the comment.
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
    /// The text without white space at both ends.
    package var trimmed: SubSequence {
        guard let first = firstIndex(where: { !$0.isWhitespace }),
            let last = lastIndex(where: { !$0.isWhitespace })
        else { return self[endIndex...] }
        return self[first...last]
    }
}
