/// Text as a terminal shows it.
enum TerminalText {
    /// How many columns a text takes; it must have no control characters.
    static func width(of text: String) -> Int { text.reduce(0) { $0 + width(of: $1) } }

    private static func width(of character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first else { return 0 }
        if scalar.properties.isEmojiPresentation { return 2 }
        return wide.contains { $0.contains(scalar.value) } ? 2 : 1
    }

    /// The blocks of characters that take two columns: East Asian scripts and full-width forms.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
        0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD,
    ]

    /// The beginning of a text that fits into so many columns, with an ellipsis where it was cut.
    static func cut(_ text: String, to columns: Int) -> String {
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

    /// A line that a command printed, without what could move the cursor or change the terminal.
    ///
    /// Colours stay where they are shown at all, and end with the line. Of a line that overwrites itself, as progress
    /// does, the last state is shown.
    static func harmless(_ line: String, style: TextStyle = .plain) -> String {
        var rest = lastState(of: line)[...]
        var text = ""
        var hasColours = false
        while let scalar = rest.popFirst() {
            if scalar == "\u{1B}" {
                let sequence = escapeSequence(&rest)
                guard style.isColoured, sequence.hasSuffix("m"), sequence.hasPrefix("[") else { continue }
                text += "\u{1B}\(sequence)"
                hasColours = true
            } else if scalar == "\t" {
                text += "    "
            } else {
                text.unicodeScalars.append(scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
            }
        }
        return hasColours ? text + "\u{1B}[0m" : text
    }

    private static func lastState(of line: String) -> [Unicode.Scalar] {
        Array(line.unicodeScalars).split(separator: "\r").last.map(Array.init) ?? []
    }

    /// What follows an escape character and belongs to it.
    private static func escapeSequence(_ rest: inout ArraySlice<Unicode.Scalar>) -> String {
        guard let kind = rest.popFirst() else { return "" }
        var sequence = String(kind)
        switch kind {
        case "[":
            while let scalar = rest.popFirst() {
                sequence.unicodeScalars.append(scalar)
                if ("@"..."~").contains(scalar) { break }
            }
        case "]", "P", "_", "^":
            // Up to the bell or the string terminator: titles, links and the like.
            while let scalar = rest.popFirst(), scalar != "\u{7}" {
                if scalar == "\u{1B}" {
                    rest = rest.dropFirst()
                    break
                }
            }
        default: break
        }
        return sequence
    }
}

/// Times as people read them.
enum TimeText {
    /// A duration as a clock shows it: `0:05`, `12:40`, `1:02:03`.
    static func clock(_ seconds: Double) -> String {
        let all = Int(min(max(0, seconds), 1e9).rounded())
        let (hours, minutes, rest) = (all / 3600, all / 60 % 60, all % 60)
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
    }

    /// How long ago something was: `12 s`, `3 min`, `5 h`, `2 d`.
    static func age(_ seconds: Double) -> String {
        let all = Int(min(max(0, seconds), 1e12))
        return switch all {
        case ..<100: "\(all) s"
        case ..<6000: "\(all / 60) min"
        case ..<172_800: "\(all / 3600) h"
        default: "\(all / 86400) d"
        }
    }

    /// Seconds with two decimals.
    static func seconds(_ seconds: Double) -> String {
        let hundredths = Int((min(max(0, seconds), 1e9) * 100).rounded())
        return "\(hundredths / 100).\(two(hundredths % 100))"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
