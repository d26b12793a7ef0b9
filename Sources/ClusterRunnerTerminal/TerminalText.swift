/// Terminal output of programs, in the forms for display.
package enum TerminalText {
    /// Removes the sequences and characters that control a terminal.
    ///
    /// Newlines and tabs stay. Of a line that was overwritten, the last text stays.
    package static func plain(_ text: String) -> String {
        TerminalLines(text).map { $0.isEnded ? $0.text + "\n" : $0.text }.joined()
    }

    /// Formats a text for one line of a terminal, without anything that could move the cursor or change the terminal.
    ///
    /// Colours are kept if `isColoured`, and end with the line. Tabs become spaces, newlines U+FFFD.
    package static func line(_ text: String, isColoured: Bool = false) -> String {
        var shown = ""
        var last = TerminalStyle()
        for line in TerminalLines(text) {
            for run in line.runs {
                if isColoured { shown += run.style.sequence(after: last) }
                last = run.style
                for scalar in run.text {
                    if scalar == "\t" { shown += "    " } else { shown.unicodeScalars.append(scalar) }
                }
            }
            if line.isEnded { shown += "\u{FFFD}" }
        }
        return isColoured ? shown + TerminalStyle().sequence(after: last) : shown
    }

    /// Whether the bytes of a line contain nothing that ``plain(_:)`` would remove.
    package static func isPlain(_ line: ArraySlice<UInt8>) -> Bool {
        for index in line.indices {
            let byte = line[index]
            if byte < 0x20 && byte != 0x09 || byte == 0x7F { return false }
            guard byte == 0xC2 || byte == 0xE2 else { continue }
            let next = index + 1 < line.endIndex ? line[index + 1] : 0
            // The C1 controls are C2 80 to C2 9F.
            if byte == 0xC2, next < 0xA0 { return false }
            // The marks that change the direction of text are E2 80 AA to E2 80 AE and E2 81 A6 to E2 81 A9.
            let last = index + 2 < line.endIndex ? line[index + 2] : 0
            if next == 0x80, (0xAA...0xAE).contains(last) { return false }
            if next == 0x81, (0xA6...0xA9).contains(last) { return false }
        }
        return true
    }
}
