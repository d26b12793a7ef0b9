import ClusterRunnerPlugin

/// The form `$'...'`, which can express any byte.
extension AtomText {
    private static let quote = UInt8(ascii: "'")
    /// The bytes for single characters after a backslash.
    private static let escapes: [UInt8: UInt8] = [
        UInt8(ascii: "a"): 7, UInt8(ascii: "b"): 8, UInt8(ascii: "e"): 27, UInt8(ascii: "E"): 27, UInt8(ascii: "f"): 12,
        UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9, UInt8(ascii: "v"): 11, backslash: backslash,
        quote: quote, UInt8(ascii: "\""): UInt8(ascii: "\""), UInt8(ascii: "?"): UInt8(ascii: "?"),
    ]

    /// Formats bytes for a place between the quotes.
    static func ansiQuoted(_ bytes: [UInt8]) -> String {
        ByteString.escape(bytes) { byte in
            switch byte {
            case backslash, quote: "\\" + String(UnicodeScalar(byte))
            case 0..<0x20, 0x7F: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            default: nil
            }
        }
    }

    /// Parses a value in `$'...'`.
    mutating func ansiQuoted() throws(ClusterRunnerError) -> [UInt8] {
        var value: [UInt8] = []
        var inside = rest.dropFirst(2)
        while let byte = inside.popFirst() {
            if byte == Self.quote {
                rest = inside
                return value
            }
            value += byte == Self.backslash ? Self.escaped(&inside) : [byte]
        }
        throw fault("the closing quote is missing")
    }

    /// Parses an escape after its backslash.
    private static func escaped(_ inside: inout ArraySlice<UInt8>) -> [UInt8] {
        guard let kind = inside.popFirst() else { return [backslash] }
        if let byte = escapes[kind] { return [byte] }
        let (radix, most): (Int, Int) =
            switch kind {
            case UInt8(ascii: "x"): (16, 2)
            case UInt8(ascii: "u"): (16, 4)
            case UInt8(ascii: "U"): (16, 8)
            default: (8, 3)
            }
        if radix == 8 { inside = [kind] + inside }
        guard let number = number(&inside, radix: radix, most: most) else {
            if radix == 8 { inside = inside.dropFirst() }
            return [backslash, kind]
        }
        guard most > 3 else { return [UInt8(truncatingIfNeeded: number)] }
        return UnicodeScalar(UInt32(number)).map { Array(String($0).utf8) } ?? [backslash, kind]
    }

    private static func number(_ inside: inout ArraySlice<UInt8>, radix: Int, most: Int) -> Int? {
        let digits = inside.prefix(most).prefix { Int(String(UnicodeScalar($0)), radix: radix) != nil }
        inside = inside.dropFirst(digits.count)
        return Int(String(decoding: digits, as: UTF8.self), radix: radix)
    }
}
