/// The contents of a configuration file: sections with `key = value` lines, and their line numbers.
///
/// Comments are lines that begin with `#` or `;`, and the rest of a line after ` #`. The parser knows no keys and
/// continues after errors, so that one reading finds all of them.
package struct INIFile: Sendable, Equatable {
    /// The entries, in the order of the file.
    package private(set) var entries: [Entry] = []
    /// Every `[section]` line, in the order of the file; a section may occur again.
    package private(set) var headers: [Header] = []
    /// The errors.
    package private(set) var faults: [Fault] = []

    /// One `key = value` line.
    package struct Entry: Sendable, Equatable {
        package let section: String
        package let key: String
        package let value: INIValue
        /// The line number, from 1.
        package let line: Int
    }

    /// One `[section]` line.
    package struct Header: Sendable, Equatable {
        package let name: String
        /// The line number, from 1.
        package let line: Int
    }

    /// An error in a line and its correction.
    ///
    /// It never quotes the line, which may contain the secret.
    package struct Fault: Sendable, Equatable {
        /// The line number, from 1.
        package let line: Int
        package let sentence: String
    }

    /// Parses a file's text.
    package init(_ text: String) {
        // Some editors begin a file with a byte order mark. Split as bytes, because "\r\n" is one character.
        let content = text.unicodeScalars.first == "\u{FEFF}" ? Substring(text.unicodeScalars.dropFirst()) : text[...]
        let lines = content.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            parse(Substring(line).trimmed, line: index + 1)
        }
    }

    private mutating func parse(_ text: Substring, line: Int) {
        switch text.first {
        case nil, "#", ";": return
        case "[": parseHeader(text, line: line)
        default: parseEntry(text, line: line)
        }
    }

    private mutating func parseHeader(_ text: Substring, line: Int) {
        guard let end = text.firstIndex(of: "]") else {
            return refuse(line, "A section is written [general]; the closing bracket is missing.")
        }
        let rest = text[text.index(after: end)...].trimmed
        guard rest.isEmpty || rest.first == "#" else {
            return refuse(line, "Nothing may follow a section's closing bracket; keys stand on lines of their own.")
        }
        headers.append(Header(name: String(text[..<end].dropFirst().trimmed), line: line))
    }

    private mutating func parseEntry(_ text: Substring, line: Int) {
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
            return refuse(line, "This is neither [section], nor key = value, nor a comment that begins with # or ;.")
        }
        let key = String(text[..<equals].trimmed)
        guard let section = headers.last?.name else {
            return refuse(line, "The key \"\(key)\" stands before the first section; put it below [general].")
        }
        if let earlier = entries.first(where: { $0.section == section && $0.key == key }) {
            return refuse(
                line,
                "The key \"\(key)\" stands in [\(section)] twice, first in line \(earlier.line); remove one of them."
            )
        }
        do throws(INIValue.Malformed) {
            let value = try INIValue(written: text[text.index(after: equals)...])
            entries.append(Entry(section: section, key: key, value: value, line: line))
        } catch {
            refuse(line, "The value of \"\(key)\" \(error.predicate).")
        }
    }

    private mutating func refuse(_ line: Int, _ sentence: String) {
        faults.append(Fault(line: line, sentence: sentence))
    }
}
