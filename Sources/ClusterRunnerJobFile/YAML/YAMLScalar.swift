import ClusterRunnerPlugin

/// A scalar of a YAML text: its characters, and whether it is plain, that is without quotes.
///
/// Only plain scalars can be anything but a string. They resolve by the YAML 1.2 core schema; the booleans of YAML 1.1
/// (`yes`, `no`, `on`, `off`) are accepted as well, because job files were written for readers of 1.1.
struct YAMLScalar: Sendable, Equatable {
    let text: String
    let isPlain: Bool
    /// The place of the first character of a literal block, whose lines are lines of the text; nil for other scalars.
    var blockMark: YAMLMark?

    /// Whether the scalar is `null`, `~` or empty.
    var isNull: Bool {
        isPlain && ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// The truth value, if the scalar is one.
    var bool: Bool? {
        // Accepts lower case, capitalised or upper case; other mixtures, such as `yEs`, are strings.
        let lowered = text.lowercased()
        guard isPlain, [lowered, lowered.uppercased(), capitalized(lowered)].contains(text) else { return nil }
        switch lowered {
        case "true", "yes", "on": return true
        case "false", "no", "off": return false
        default: return nil
        }
    }

    /// The whole number, if the scalar is one that fits.
    var integer: Int? {
        guard isPlain else { return nil }
        if text.hasPrefix("0x") { return digits(after: 2, radix: 16) }
        if text.hasPrefix("0o") { return digits(after: 2, radix: 8) }
        // `Int` accepts exactly the schema's form: an optional sign, then decimal digits.
        return Int(text)
    }

    /// The number, if the scalar is a finite one.
    var number: Double? {
        if let integer { return Double(integer) }
        guard isDecimal, let value = Double(text), value.isFinite else { return nil }
        return value
    }

    /// Whether the scalar is a number, even if it is too large for ``integer`` and ``number``.
    var isNumber: Bool { integer != nil || isDecimal }

    /// The description of the scalar in messages.
    var foundName: String {
        if isNull { return "nothing" }
        if bool != nil { return "the boolean \(text)" }
        return isNumber ? "the number \(text)" : "the string \(excerpt(of: text))"
    }

    private func capitalized(_ word: String) -> String {
        word.prefix(1).uppercased() + word.dropFirst()
    }

    private func digits(after prefix: Int, radix: Int) -> Int? {
        let digits = text.utf8.dropFirst(prefix)
        // `Int` would also accept a sign here, which the schema does not allow.
        guard digits.first != UInt8(ascii: "-"), digits.first != UInt8(ascii: "+") else { return nil }
        return Int(String(Substring(digits)), radix: radix)
    }

    /// Whether the scalar is a decimal number, with an optional fraction and exponent.
    private var isDecimal: Bool {
        guard isPlain else { return false }
        // `Double` also accepts hexadecimal fractions, "inf" and "nan", which are not decimal numbers.
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let isAllowed = text.utf8.allSatisfy { digits.contains($0) || "+-.eE".utf8.contains($0) }
        return isAllowed && Double(text) != nil
    }
}
