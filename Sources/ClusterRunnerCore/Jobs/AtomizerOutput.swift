/// What an atomizer prints: one atom a line.
public enum AtomizerOutput {
    /// The atoms of an atomizer's output, in the order printed.
    ///
    /// Lines end in `\n` or `\r\n`. Lines of nothing but blanks are no atoms, wherever they stand; all others are taken
    /// as they are, blanks at their ends included. The project's path becomes `$PROJECT_DIR` where it stands for itself
    /// and is not a part of a longer path. Bytes that are not UTF-8, and NUL, which no variable can carry, become
    /// U+FFFD.
    public static func atoms(from output: [UInt8], variable: String, projectDirectory: String) -> [Atom] {
        let path = Array(projectDirectory.utf8)
        return output.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            guard !text.allSatisfy(isBlank) else { return nil }
            return Atom(variable: variable, value: value(of: ProjectDirectoryText.insert(for: path, into: text)))
        }
    }

    private static func value(of bytes: [UInt8]) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.utf8.contains(0) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 }))
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }
}
