/// A value as an error message shows it: in quotes, on one line, cut after 60 characters.
func excerpt(of text: String) -> String {
    // Unicode scalars, not characters: one character may be made of any number of scalars.
    let scalars = text.unicodeScalars
    let shown = scalars.prefix(60).map { scalar in
        switch scalar {
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        case "\0": "\\0"
        default: scalar.properties.generalCategory == .control ? "\u{FFFD}" : String(scalar)
        }
    }
    let isCut = scalars.dropFirst(60).first != nil
    return "\"\(shown.joined())\(isCut ? "…" : "")\""
}
