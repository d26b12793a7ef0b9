import Mustache

/// Escapes text for HTML, in elements and in quoted attributes.
///
/// It works on code points. The engine's own escaping works on characters and misses a quote that is followed by a
/// combining accent, which would end an attribute.
struct MarkupText: MustacheContentType {
    /// The name in templates.
    static let name = "MARKUP"

    func escapeText(_ text: String) -> String {
        var escaped = String.UnicodeScalarView()
        escaped.reserveCapacity(text.unicodeScalars.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": escaped.append(contentsOf: "&lt;".unicodeScalars)
            case ">": escaped.append(contentsOf: "&gt;".unicodeScalars)
            case "&": escaped.append(contentsOf: "&amp;".unicodeScalars)
            case "\"": escaped.append(contentsOf: "&quot;".unicodeScalars)
            case "'": escaped.append(contentsOf: "&#39;".unicodeScalars)
            // HTML allows no NUL, and browsers treat it differently.
            case "\0": escaped.append("\u{FFFD}")
            default: escaped.append(scalar)
            }
        }
        return String(escaped)
    }
}
