/// A colour in terminal output.
package enum TerminalColour: Sendable, Equatable {
    /// One of the 16 named colours of a terminal.
    case named(Int)
    /// One of the palette of 256, from 16 on.
    case palette(Int)
    /// Red, green and blue, each from 0 to 255.
    case components(Int, Int, Int)

    /// Reads the numbers after 38 or 48: `5;N` or `2;R;G;B`.
    init?(_ numbers: inout ArraySlice<Int>) {
        switch numbers.popFirst() {
        case 5:
            guard let index = numbers.popFirst() else { return nil }
            self = index < 16 ? .named(max(0, index)) : .palette(min(index, 255))
        case 2:
            let parts = numbers.prefix(3).map { min(max($0, 0), 255) }
            numbers = numbers.dropFirst(3)
            guard parts.count == 3 else { return nil }
            self = .components(parts[0], parts[1], parts[2])
        default: return nil
        }
    }

    /// Returns the numbers of `ESC [ ... m` that set it.
    func numbers(isBackground: Bool) -> [Int] {
        let extended = isBackground ? 48 : 38
        switch self {
        case .named(let index): return [index < 8 ? extended - 8 + index : (isBackground ? 92 : 82) + index]
        case .palette(let index): return [extended, 5, index]
        case .components(let red, let green, let blue): return [extended, 2, red, green, blue]
        }
    }

    /// The nearest of the 16 named colours.
    package var nearestNamed: Int {
        switch self {
        case .named(let index): index
        case .palette(let index): Self.nearest(Self.components(ofPalette: index))
        case .components(let red, let green, let blue): Self.nearest([red, green, blue])
        }
    }

    /// Returns the components of a palette entry: a cube of 6 x 6 x 6 colours from 16 on, then 24 greys.
    private static func components(ofPalette index: Int) -> [Int] {
        if index >= 232 { return [Int](repeating: (index - 232) * 10 + 8, count: 3) }
        let cube = index - 16
        return [cube / 36, cube / 6 % 6, cube % 6].map { $0 == 0 ? 0 : 55 + 40 * $0 }
    }

    private static func nearest(_ parts: [Int]) -> Int {
        let brightest = parts.max() ?? 0
        if brightest < 64 { return 0 }
        if (parts.min() ?? 0) > brightest * 3 / 4 { return brightest < 112 ? 8 : brightest < 208 ? 7 : 15 }
        let bits = parts.enumerated().reduce(0) { $0 | ($1.element * 2 > brightest ? 1 << $1.offset : 0) }
        return brightest > 200 ? bits + 8 : bits
    }
}
