import ClusterRunnerPlugin

/// A single value of a YAML text: its characters, and whether they stood there without quotes.
///
/// Only plain scalars can be anything but a string. They resolve by the YAML 1.2 core schema; the booleans of YAML 1.1
/// (`yes`, `no`, `on`, `off`) are understood as well, because job files were written for readers of 1.1.
struct YAMLScalar: Sendable, Equatable {
    let text: String
    let isPlain: Bool
    /// The place of its first character if it is a literal block, whose lines are lines of the text.
    var blockMark: YAMLMark?

    /// Whether this is `null`, `~` or no text at all.
    var isNull: Bool {
        isPlain && ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// The truth value, if this is one.
    var bool: Bool? {
        // Lower case, capitalised or upper case count; other mixtures, such as `yEs`, are strings.
        let lowered = text.lowercased()
        guard isPlain, [lowered, lowered.uppercased(), capitalized(lowered)].contains(text) else { return nil }
        switch lowered {
        case "true", "yes", "on": return true
        case "false", "no", "off": return false
        default: return nil
        }
    }

    /// The whole number, if this is one that fits.
    var integer: Int? {
        guard isPlain else { return nil }
        if text.hasPrefix("0x") { return digits(after: 2, radix: 16) }
        if text.hasPrefix("0o") { return digits(after: 2, radix: 8) }
        // Int's own reader takes exactly the schema's form: a sign or none, then decimal digits.
        return Int(text)
    }

    /// The number, if this is a finite one.
    var number: Double? {
        if let integer { return Double(integer) }
        guard isDecimal, let value = Double(text), value.isFinite else { return nil }
        return value
    }

    /// Whether this reads as a number, even if it is too large for ``integer`` and ``number``.
    var isNumber: Bool { integer != nil || isDecimal }

    /// What a person calls this value.
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
        // Int's reader would also take a sign here, which the schema does not allow.
        guard digits.first != UInt8(ascii: "-"), digits.first != UInt8(ascii: "+") else { return nil }
        return Int(String(Substring(digits)), radix: radix)
    }

    /// Whether this is written as a decimal number, with an optional fraction and exponent.
    private var isDecimal: Bool {
        guard isPlain else { return false }
        // Double's reader also takes hexadecimal fractions, "inf" and "nan", which are no decimal numbers.
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        let isAllowed = text.utf8.allSatisfy { digits.contains($0) || "+-.eE".utf8.contains($0) }
        return isAllowed && Double(text) != nil
    }
}
