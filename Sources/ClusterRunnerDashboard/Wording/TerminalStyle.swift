/// How a terminal shows text: the part of it that a stylesheet has classes for.
struct TerminalStyle: Equatable {
    private var foreground: Int?
    private var background: Int?
    private var flags: Set<Flag> = []

    private enum Flag: String, CaseIterable {
        case bold, faint, italic, underlined, inverse, struck
    }

    /// The classes of the stylesheet; nil for what looks like any other text.
    var classes: String? {
        var names = Flag.allCases.filter(flags.contains).map { "t-\($0.rawValue)" }
        if let foreground { names.append("t-f\(foreground)") }
        if let background { names.append("t-b\(background)") }
        return names.isEmpty ? nil : names.joined(separator: " ")
    }

    /// Follows the numbers of `ESC [ ... m`; those that mean nothing here change nothing.
    mutating func apply(_ numbers: [Int]) {
        var rest = numbers[...]
        while let number = rest.popFirst() {
            switch number {
            case 0: self = Self()
            case 1: flags.insert(.bold)
            case 2: flags.insert(.faint)
            case 3: flags.insert(.italic)
            case 4: flags.insert(.underlined)
            case 7: flags.insert(.inverse)
            case 9: flags.insert(.struck)
            case 22: flags.subtract([.bold, .faint])
            case 23: flags.remove(.italic)
            case 24: flags.remove(.underlined)
            case 27: flags.remove(.inverse)
            case 29: flags.remove(.struck)
            case 30...37: foreground = number - 30
            case 38: foreground = Self.colour(&rest) ?? foreground
            case 39: foreground = nil
            case 40...47: background = number - 40
            case 48: background = Self.colour(&rest) ?? background
            case 49: background = nil
            case 90...97: foreground = number - 82
            case 100...107: background = number - 92
            default: break
            }
        }
    }

    /// The nearest of the 16 colours to one that is given as `5;N` or `2;R;G;B`.
    private static func colour(_ numbers: inout ArraySlice<Int>) -> Int? {
        switch numbers.popFirst() {
        case 5:
            guard let index = numbers.popFirst() else { return nil }
            if index < 16 { return max(0, index) }
            if index >= 232 { return nearest(Array(repeating: (min(index, 255) - 232) * 10 + 8, count: 3)) }
            let cube = index - 16
            return nearest([cube / 36, cube / 6 % 6, cube % 6].map { $0 == 0 ? 0 : 55 + 40 * $0 })
        case 2:
            let parts = Array(numbers.prefix(3))
            numbers = numbers.dropFirst(3)
            return parts.count == 3 ? nearest(parts) : nil
        default: return nil
        }
    }

    private static func nearest(_ parts: [Int]) -> Int {
        let brightest = parts.max() ?? 0
        if brightest < 64 { return 0 }
        if (parts.min() ?? 0) > brightest * 3 / 4 { return brightest < 112 ? 8 : brightest < 208 ? 7 : 15 }
        let bits = parts.enumerated().reduce(0) { $0 | ($1.element * 2 > brightest ? 1 << $1.offset : 0) }
        return brightest > 200 ? bits + 8 : bits
    }
}
