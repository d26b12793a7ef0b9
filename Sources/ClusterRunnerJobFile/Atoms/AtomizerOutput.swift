package import ClusterRunnerPlugin

/// What an atomizer prints: one atom a line.
package enum AtomizerOutput {
    /// The atoms of an atomizer's output, in the order printed.
    ///
    /// Lines end in `\n` or `\r\n`. Lines of nothing but blanks are no atoms, wherever they stand; all others are taken
    /// as they are, blanks at their ends included. The project's path becomes `$PROJECT_DIR` where it stands for itself
    /// and is not a part of a longer path. NUL, which no variable can carry, becomes U+FFFD. A project that is reached by
    /// a link has a second path, `resolvedDirectory`, which programs print that ask the system where they are.
    package static func atoms(
        from output: [UInt8],
        variable: String,
        projectDirectory: ByteString,
        resolvedDirectory: ByteString? = nil
    ) -> [Atom] {
        // The longer one first, since it may lie below the other.
        let paths = Set([projectDirectory, resolvedDirectory ?? projectDirectory]).map(\.bytes)
            .sorted { $0.count > $1.count }
        return output.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            guard !text.allSatisfy(isBlank) else { return nil }
            let shown = paths.reduce(text) { ProjectDirectoryText.insert(for: $1, into: $0)[...] }
            return Atom(variable: variable, value: value(of: Array(shown)))
        }
    }

    private static func value(of bytes: [UInt8]) -> ByteString {
        guard bytes.contains(0) else { return ByteString(bytes) }
        return ByteString(
            Array(bytes.split(separator: 0, omittingEmptySubsequences: false).joined(separator: "\u{FFFD}".utf8))
        )
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }
}
