/// A pattern of text: `*` is any text, `?` one character, `[abc]` and `[a-z]` one of several, `[!a]` none of them.
///
/// A backslash makes the next character an ordinary one. Slashes and leading dots are ordinary, too. A bracket that is
/// not closed is itself. A character is a Unicode scalar, so that two names that only look the same are two names.
package struct GlobPattern: Sendable, Equatable {
    /// The text of the pattern.
    package let text: String
    private let elements: [Element]

    private enum Element: Sendable, Equatable {
        case literal(Unicode.Scalar)
        case any
        case one
        case set([ClosedRange<Unicode.Scalar>], isInverted: Bool)

        var isLiteral: Bool {
            if case .literal = self { true } else { false }
        }

        func matches(_ character: Unicode.Scalar) -> Bool {
            switch self {
            case .literal(let own): own == character
            case .any, .one: true
            case .set(let ranges, let isInverted): ranges.contains { $0.contains(character) } != isInverted
            }
        }
    }

    /// Parses a pattern.
    package init(_ text: String) {
        self.text = text
        var rest = Array(text.unicodeScalars)[...]
        var elements: [Element] = []
        while let character = rest.popFirst() {
            switch character {
            case "*": if elements.last != .any { elements.append(.any) }
            case "?": elements.append(.one)
            case "[": elements.append(Self.set(&rest) ?? .literal("["))
            case "\\": elements.append(.literal(rest.popFirst() ?? "\\"))
            default: elements.append(.literal(character))
            }
        }
        self.elements = elements
    }

    /// Returns the pattern that matches a text only.
    package static func escaping(_ text: String) -> String {
        var pattern = String.UnicodeScalarView()
        for character in text.unicodeScalars {
            if "*?[\\".unicodeScalars.contains(character) { pattern.append("\\") }
            pattern.append(character)
        }
        return String(pattern)
    }

    /// The only text that matches; nil if several may.
    package var literal: String? {
        let start = literalStart
        return start.count == elements.count ? String(String.UnicodeScalarView(start)) : nil
    }

    /// The ordinary characters at the beginning, which every match has.
    private var literalStart: [Unicode.Scalar] {
        var start: [Unicode.Scalar] = []
        for case .literal(let character) in elements.prefix(while: \.isLiteral) { start.append(character) }
        return start
    }

    /// Whether all matches begin with a text.
    package func begins(with text: String) -> Bool { literalStart.starts(with: text.unicodeScalars) }

    /// Whether the whole of a text matches.
    package func matches(_ text: String) -> Bool {
        let characters = Array(text.unicodeScalars)
        var (element, position) = (0, 0)
        // The last star, and the position from which it was tried; an earlier star need never be tried again.
        var retry: (element: Int, position: Int)?
        while position < characters.count {
            if element < elements.count, elements[element] == .any {
                retry = (element, position)
                element += 1
            } else if element < elements.count, elements[element].matches(characters[position]) {
                (element, position) = (element + 1, position + 1)
            } else if let last = retry {
                retry = (last.element, last.position + 1)
                (element, position) = (last.element + 1, last.position + 1)
            } else {
                return false
            }
        }
        return elements[element...].allSatisfy { $0 == .any }
    }

    /// Parses a set behind its opening bracket; nil without a closing one.
    private static func set(_ rest: inout ArraySlice<Unicode.Scalar>) -> Element? {
        var inside = rest
        let isInverted = inside.first == "!" || inside.first == "^"
        if isInverted { inside.removeFirst() }
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        while let character = inside.popFirst() {
            if character == "]", !ranges.isEmpty {
                rest = inside
                return .set(ranges, isInverted: isInverted)
            }
            if inside.first == "-", let last = inside.dropFirst().first, last != "]" {
                inside.removeFirst(2)
                // A range in the wrong order has no members.
                ranges.append(character <= last ? character...last : "\0"..."\0")
            } else {
                ranges.append(character...character)
            }
        }
        return nil
    }
}
