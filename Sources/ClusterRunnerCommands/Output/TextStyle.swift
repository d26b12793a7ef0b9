/// How text is emphasised: in colours, or not at all.
struct TextStyle: Sendable {
    let isColoured: Bool

    /// No colours.
    static let plain = Self(isColoured: false)

    /// The ways to emphasise, with their codes.
    enum Emphasis: String, Sendable {
        case red = "31"
        case green = "32"
        case yellow = "33"
        case dim = "2"
        case bold = "1"
    }

    /// The text, emphasised.
    func callAsFunction(_ emphasis: Emphasis?, _ text: String) -> String {
        guard isColoured, let emphasis, !text.isEmpty else { return text }
        return "\u{1B}[\(emphasis.rawValue)m\(text)\u{1B}[0m"
    }

    /// Whether an output gets colours: a terminal does, unless `NO_COLOR` says otherwise (no-color.org).
    static func choose(isTerminal: Bool, environment: [String: String]) -> Self {
        let isUnwanted = environment["NO_COLOR"]?.isEmpty == false || environment["TERM"] == "dumb"
        return Self(isColoured: isTerminal && !isUnwanted)
    }
}
