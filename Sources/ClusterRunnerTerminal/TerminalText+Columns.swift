extension TerminalText {
    /// Counts the columns of a text, which must have no control characters.
    package static func width(of text: String) -> Int { text.reduce(0) { $0 + width(of: $1) } }

    private static func width(of character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first else { return 0 }
        if scalar.properties.isEmojiPresentation { return 2 }
        return wide.contains { $0.contains(scalar.value) } ? 2 : 1
    }

    /// The blocks of characters that occupy two columns: East Asian scripts and full-width forms.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
        0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD,
    ]

    /// Cuts a text to a number of columns, with an ellipsis where it was cut.
    package static func cut(_ text: String, to columns: Int) -> String {
        guard width(of: text) > columns else { return text }
        guard columns > 0 else { return "" }
        var kept = ""
        var used = 0
        for character in text {
            used += width(of: character)
            if used > columns - 1 { break }
            kept.append(character)
        }
        return kept + "…"
    }

    /// Shortens a text to a number of columns in its middle, because names mostly differ at their ends.
    package static func shortened(_ text: String, to columns: Int) -> String {
        guard width(of: text) > columns else { return text }
        guard columns > 2 else { return cut(text, to: columns) }
        let tail = prefix(of: text.reversed(), columns: columns / 2)
        let head = prefix(of: Array(text), columns: columns - 1 - width(of: String(tail)))
        return String(head) + "…" + String(tail.reversed())
    }

    /// Returns the first characters that fit into a number of columns.
    private static func prefix(of characters: [Character], columns: Int) -> [Character] {
        var used = 0
        return Array(
            characters.prefix { character in
                used += width(of: character)
                return used <= columns
            }
        )
    }
}
