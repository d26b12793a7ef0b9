/// The names that a shell accepts for a variable: ASCII letters, digits and underscores, not beginning with a digit.
package enum ShellName {
    /// Whether `name` can be the name of an environment variable.
    package static func isValid(_ name: String) -> Bool {
        guard let first = name.utf8.first, !digits.contains(first) else { return false }
        return name.utf8.allSatisfy(isNameByte)
    }

    /// Whether a byte may stand in a name, anywhere except at the start.
    static func isNameByte(_ byte: UInt8) -> Bool {
        isLetter(byte) || digits.contains(byte) || byte == UInt8(ascii: "_")
    }

    private static let digits = UInt8(ascii: "0")...UInt8(ascii: "9")

    private static func isLetter(_ byte: UInt8) -> Bool {
        let lowerCased = byte | 0x20
        return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lowerCased)
    }
}
