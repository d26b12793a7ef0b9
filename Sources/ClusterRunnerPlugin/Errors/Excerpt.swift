/// Formats a value for a message: in quotes, on one line, cut to a limit.
package func excerpt(of text: String, limit: Int = 60) -> String {
    // Unicode scalars, because one character may consist of any number of them.
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
