/// The appearance of a piece of terminal text.
package struct TerminalStyle: Sendable, Equatable {
    /// An attribute of text.
    package enum Flag: String, Sendable, CaseIterable {
        case bold, faint, italic, underlined, inverse, struck

        /// The number by which `ESC [ ... m` sets it.
        var number: Int {
            switch self {
            case .bold: 1
            case .faint: 2
            case .italic: 3
            case .underlined: 4
            case .inverse: 7
            case .struck: 9
            }
        }
    }

    /// The colour of the text; nil for the terminal's own.
    package private(set) var foreground: TerminalColour?
    /// The colour behind the text; nil for the terminal's own.
    package private(set) var background: TerminalColour?
    /// The attributes of the text.
    package private(set) var flags: Set<Flag> = []

    /// Creates the style of plain text.
    package init() {}

    /// Applies the numbers of `ESC [ ... m`; unknown ones are ignored.
    package mutating func apply(_ numbers: [Int]) {
        var rest = numbers[...]
        while let number = rest.popFirst() {
            switch number {
            case 0: self = Self()
            case 22: flags.subtract([.bold, .faint])
            case 23: flags.remove(.italic)
            case 24: flags.remove(.underlined)
            case 27: flags.remove(.inverse)
            case 29: flags.remove(.struck)
            case 30...37: foreground = .named(number - 30)
            case 38: foreground = TerminalColour(&rest) ?? foreground
            case 39: foreground = nil
            case 40...47: background = .named(number - 40)
            case 48: background = TerminalColour(&rest) ?? background
            case 49: background = nil
            case 90...97: foreground = .named(number - 82)
            case 100...107: background = .named(number - 92)
            default:
                if let flag = Flag.allCases.first(where: { $0.number == number }) { flags.insert(flag) }
            }
        }
    }

    /// Returns the sequence that sets this style after any other; empty between plain texts.
    package func sequence(after last: TerminalStyle) -> String {
        if self == last { return "" }
        var numbers = last == TerminalStyle() ? [] : [0]
        numbers += Flag.allCases.filter(flags.contains).map(\.number)
        if let foreground { numbers += foreground.numbers(isBackground: false) }
        if let background { numbers += background.numbers(isBackground: true) }
        return "\u{1B}[\(numbers.map(String.init).joined(separator: ";"))m"
    }
}
