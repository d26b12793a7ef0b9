package import ClusterRunnerPlugin

/// The output of an atomizer: one atom a line.
package enum AtomizerOutput {
    /// Parses the atoms of an atomizer's output, in the order printed.
    ///
    /// Lines end in `\n` or `\r\n`. Blank lines are skipped, wherever they stand; all other lines are kept unchanged,
    /// including spaces at their ends. The project's path becomes `$PROJECT_DIR` where it is not a part of a longer
    /// path. A project that is reached by a link has a second path, `resolvedDirectory`: programs that ask the system
    /// for their directory print that one.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/failed`` if there is a NUL, which no variable
    ///   can hold: `find -print0` prints many atoms in what would be one line.
    package static func atoms(
        from output: [UInt8],
        variable: String,
        projectDirectory: ByteString,
        resolvedDirectory: ByteString? = nil
    ) throws(ClusterRunnerError) -> [Atom] {
        if let position = output.firstIndex(of: 0) {
            let line = output[..<position].count { $0 == UInt8(ascii: "\n") } + 1
            throw ClusterRunnerError(
                .failed,
                "The atomizer of \(variable) printed a NUL byte in line \(line), which no environment variable can carry. "
                    + "Print one atom a line, for example through tr '\\0' '\\n'."
            )
        }
        // The longer path first, since it may lie below the other.
        let paths = Set([projectDirectory, resolvedDirectory ?? projectDirectory]).map(\.bytes)
            .sorted { $0.count > $1.count }
        return output.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            guard !text.allSatisfy(isBlank) else { return nil }
            let shown = paths.reduce(text) { ProjectDirectoryText.insert(for: $1, into: $0)[...] }
            return Atom(variable: variable, value: ByteString(Array(shown)))
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    }
}
