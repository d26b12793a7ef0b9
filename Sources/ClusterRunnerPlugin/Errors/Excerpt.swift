/// A value as a message shows it: in quotes, on one line, cut after so many characters.
package func excerpt(of text: String, limit: Int = 60) -> String {
    // Unicode scalars, not characters: one character may be made of any number of scalars.
    let scalars = text.unicodeScalars
    let shown = scalars.prefix(limit).map { scalar in
        switch scalar {
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        case "\0": "\\0"
        default: scalar.properties.generalCategory == .control ? "\u{FFFD}" : String(scalar)
        }
    }
    let isCut = scalars.dropFirst(limit).first != nil
    return "\"\(shown.joined())\(isCut ? "…" : "")\""
}
