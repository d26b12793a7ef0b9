/// The emphasis of text, with or without colours.
struct TextStyle: Sendable {
    let isColoured: Bool

    /// No colours.
    static let plain = Self(isColoured: false)

    /// The kinds of emphasis, with their codes.
    enum Emphasis: String, Sendable {
        case red = "31"
        case green = "32"
        case yellow = "33"
        case dim = "2"
        case bold = "1"
    }

    /// Emphasises a text.
    func callAsFunction(_ emphasis: Emphasis?, _ text: String) -> String {
        guard isColoured, let emphasis, !text.isEmpty else { return text }
        return "\u{1B}[\(emphasis.rawValue)m\(text)\u{1B}[0m"
    }

    /// Chooses the style of an output: colours on a terminal, unless `NO_COLOR` is set (no-color.org).
    static func choose(isTerminal: Bool, environment: [String: String]) -> Self {
        let isUnwanted = environment["NO_COLOR"]?.isEmpty == false || environment["TERM"] == "dumb"
        return Self(isColoured: isTerminal && !isUnwanted)
    }
}
