/// A parser of terminal output, scalar by scalar.
///
/// Of the control sequences, only those that set a style become tokens. All others are dropped, as are control
/// characters and the marks that change the direction of text, which can make it look like another text. The grammar is
/// that of ECMA-48; a broken sequence is dropped up to the first scalar that cannot belong to it.
package struct TerminalScanner: Sendable {
    /// A token of an output.
    package enum Token: Sendable, Equatable {
        case character(Unicode.Scalar)
        case newline
        /// A return to the beginning of the line.
        case carriageReturn
        /// A step back by one character.
        case backspace
        /// The numbers of `ESC [ ... m`.
        case style([Int])
    }

    private enum State {
        case ground
        /// After an escape character.
        case escape
        /// After an escape character and an intermediate one: one more belongs to the sequence.
        case intermediate
        /// Inside `ESC [ ...`, with the parameters read so far.
        case control(String.UnicodeScalarView)
        /// Inside a string such as a title or a link; a bell or `ESC \` ends it.
        case string
        /// After an escape character inside a string.
        case stringEscape
    }

    private var state = State.ground
    /// Maximum length of the parameters of a control sequence.
    private static let parameterLimit = 100

    /// Creates a scanner at the start of an output.
    package init() {}

    /// Reads the next scalar; returns the token that it completes, if any.
    package mutating func take(_ scalar: Unicode.Scalar) -> Token? {
        switch state {
        case .ground: return ground(scalar)
        case .escape: return escape(scalar)
        case .intermediate: state = .ground
        case .control(let parameters): return control(scalar, parameters)
        case .string: return string(scalar)
        case .stringEscape: state = .ground
        }
        return nil
    }

    private mutating func ground(_ scalar: Unicode.Scalar) -> Token? {
        state = .ground
        switch scalar {
        case "\u{1B}": state = .escape
        case "\u{9B}": state = .control(.init())
        case "\u{90}", "\u{98}", "\u{9D}", "\u{9E}", "\u{9F}": state = .string
        case "\n": return .newline
        case "\r": return .carriageReturn
        case "\u{8}": return .backspace
        case "\t": return .character(scalar)
        default: return Self.isShown(scalar) ? .character(scalar) : nil
        }
        return nil
    }

    /// Whether a scalar is visible on a terminal: neither a control character nor a mark that changes the direction of
    /// text.
    private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069: false
        default: true
        }
    }

    private mutating func escape(_ scalar: Unicode.Scalar) -> Token? {
        switch scalar {
        case "[": state = .control(.init())
        case "]", "P", "X", "^", "_": state = .string
        case " "..."/": state = .intermediate
        case "\n", "\r", "\u{1B}": return ground(scalar)
        default: state = .ground
        }
        return nil
    }

    private mutating func control(_ scalar: Unicode.Scalar, _ parameters: String.UnicodeScalarView) -> Token? {
        switch scalar.value {
        case 0x40...0x7E:
            state = .ground
            return scalar == "m" ? Self.style(String(parameters)) : nil
        case 0x20...0x3F where parameters.count < Self.parameterLimit:
            var parameters = parameters
            parameters.append(scalar)
            state = .control(parameters)
            return nil
        default: return ground(scalar)
        }
    }

    private mutating func string(_ scalar: Unicode.Scalar) -> Token? {
        switch scalar {
        case "\u{7}", "\u{9C}": state = .ground
        case "\u{1B}": state = .stringEscape
        // Strings contain no line ends, so that an unterminated one does not swallow the rest of the output.
        case "\n": return ground(scalar)
        default: break
        }
        return nil
    }

    /// Parses the numbers between semicolons or colons; a missing one is zero.
    ///
    /// Private sequences such as `ESC [ > 4 m` set no style.
    private static func style(_ text: String) -> Token? {
        guard text.utf8.allSatisfy({ (0x30...0x3B).contains($0) }) else { return nil }
        return .style(text.split(omittingEmptySubsequences: false) { $0 == ";" || $0 == ":" }.map { Int($0) ?? 0 })
    }
}
