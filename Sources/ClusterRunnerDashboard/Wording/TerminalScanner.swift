/// What a program that writes to a terminal says, token by token.
///
/// Of the sequences by which it steers the terminal only those that set a style are told; all others are left out, as are
/// control characters and those that change the direction of text, by which it can pretend to be another.
struct TerminalScanner {
    /// A part of an output.
    enum Token: Equatable {
        case character(Unicode.Scalar)
        case newline
        /// Back to the beginning of the line.
        case carriageReturn
        /// The numbers of `ESC [ ... m`.
        case style([Int])
    }

    private var scalars: String.UnicodeScalarView.Iterator
    private var pushedBack: Unicode.Scalar?

    /// Reads a text.
    init(_ text: String) {
        scalars = text.unicodeScalars.makeIterator()
    }

    /// The next token; nil at the end.
    mutating func next() -> Token? {
        while let scalar = take() {
            switch scalar {
            case "\u{1B}":
                if let style = sequence() { return .style(style) }
            case "\n": return .newline
            case "\r": return .carriageReturn
            case "\t": return .character(scalar)
            default:
                let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
                if !isControl, !Self.turnsDirection(scalar) { return .character(scalar) }
            }
        }
        return nil
    }

    private static func turnsDirection(_ scalar: Unicode.Scalar) -> Bool {
        (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
    }

    private mutating func take() -> Unicode.Scalar? {
        defer { pushedBack = nil }
        return pushedBack ?? scalars.next()
    }

    /// Reads a sequence behind its escape character; returns the numbers of one that sets a style.
    private mutating func sequence() -> [Int]? {
        guard let first = take() else { return nil }
        switch first {
        case "[": return controlSequence()
        case "]", "P", "X", "^", "_": skipString()
        case " "..."/": _ = take()
        case "\n", "\u{1B}": pushedBack = first
        default: break
        }
        return nil
    }

    private mutating func controlSequence() -> [Int]? {
        var text = String.UnicodeScalarView()
        while let scalar = take() {
            if (0x40...0x7E).contains(scalar.value) {
                return scalar == "m" ? Self.numbers(in: String(text)) : nil
            }
            guard (0x20...0x3F).contains(scalar.value), text.count < 100 else {
                pushedBack = scalar
                return nil
            }
            text.append(scalar)
        }
        return nil
    }

    /// The numbers between semicolons or colons; none is a zero.
    private static func numbers(in text: String) -> [Int] {
        text.split(omittingEmptySubsequences: false) { $0 == ";" || $0 == ":" }.map { Int($0) ?? 0 }
    }

    /// Leaves out a string that a bell or `ESC \` ends; one that nothing ends on its line is left out up to there.
    private mutating func skipString() {
        while let scalar = take() {
            switch scalar {
            case "\u{7}": return
            case "\u{1B}":
                _ = take()
                return
            case "\n":
                pushedBack = scalar
                return
            default: continue
            }
        }
    }
}
