/// A pattern of text: `*` is any text, `?` one character, `[abc]` and `[a-z]` one of several, `[!a]` none of them.
///
/// A backslash makes the next character an ordinary one. Slashes and leading dots are ordinary, too. A bracket that is
/// not closed is itself.
package struct GlobPattern: Sendable, Equatable {
    /// The text of the pattern.
    package let text: String
    private let elements: [Element]

    private enum Element: Sendable, Equatable {
        case literal(Character)
        case any
        case one
        case set([ClosedRange<Character>], isInverted: Bool)

        func matches(_ character: Character) -> Bool {
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
        var rest = Array(text)[...]
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
        text.reduce(into: "") { pattern, character in
            if "*?[\\".contains(character) { pattern.append("\\") }
            pattern.append(character)
        }
    }

    /// The only text that matches; nil if several may.
    package var literal: String? {
        var text = ""
        for element in elements {
            guard case .literal(let character) = element else { return nil }
            text.append(character)
        }
        return text
    }

    /// Whether the whole of a text matches.
    package func matches(_ text: String) -> Bool {
        let characters = Array(text)
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
    private static func set(_ rest: inout ArraySlice<Character>) -> Element? {
        var inside = rest
        let isInverted = inside.first == "!" || inside.first == "^"
        if isInverted { inside.removeFirst() }
        var ranges: [ClosedRange<Character>] = []
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
