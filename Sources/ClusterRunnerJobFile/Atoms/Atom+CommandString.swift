package import ClusterRunnerPlugin

extension Atom {
    /// The atom as a shell statement: `export VAR="value";`.
    ///
    /// For users and for `atoms_override`; commands never run it, they get the variable through their environment.
    /// Backslashes, double quotes, backticks and dollar signs are escaped, except the dollar sign of `$PROJECT_DIR`. A
    /// value that is not UTF-8 is written as `$'caf\xe9'`, bash's form for such bytes.
    package var commandString: String {
        guard value.text != nil else { return "export \(variable)=$'\(AtomText.ansiQuoted(value.bytes))';" }
        let value = value.bytes
        var escaped: [UInt8] = []
        escaped.reserveCapacity(value.count)
        for (index, byte) in value.enumerated() {
            let isPlaceholder = byte == AtomText.dollar && ProjectDirectoryText.isPlaceholder(in: value[...], at: index)
            if AtomText.special.contains(byte), !isPlaceholder { escaped.append(AtomText.backslash) }
            escaped.append(byte)
        }
        return "export \(variable)=\"\(String(decoding: escaped, as: UTF8.self))\";"
    }

    /// Parses the output of ``commandString``.
    ///
    /// The semicolon is optional, and a dollar sign or backtick need not be escaped. The value may also stand in single
    /// quotes, in `$'...'` with bash's escapes, or without quotes if it is one plain word. Nothing is expanded.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument``.
    package init(commandString: String) throws {
        var text = AtomText(commandString)
        self = try text.atom()
    }

    /// Parses an `atoms_override`.
    ///
    /// - Throws: ``ClusterRunnerError`` with ``ClusterRunnerError/Code/invalidArgument`` that names every wrong entry.
    package static func parse(overrides: [String]) throws -> [Atom] {
        var faults: [String] = []
        let atoms = overrides.compactMap { text in
            do throws(ClusterRunnerError) {
                var text = AtomText(text)
                return try text.atom()
            } catch {
                faults.append(error.message)
                return nil
            }
        }
        guard faults.isEmpty else {
            let more = faults.count > 100 ? ["... and \(faults.count - 100) more."] : []
            let count = "\"atoms_override\" has \(faults.count == 1 ? "1 error" : "\(faults.count) errors")."
            let lines = [count] + faults.prefix(100) + more
            throw ClusterRunnerError(.invalidArgument, lines.joined(separator: "\n"))
        }
        return atoms
    }
}

extension Atom {
    /// Returns the value for a command: with the project's path on this machine in place of `$PROJECT_DIR`.
    ///
    /// Longer names such as `$PROJECT_DIRECTORY` are kept.
    package func value(in projectDirectory: ByteString) -> ByteString {
        guard value.withBytes({ $0.contains(AtomText.dollar) }) else { return value }
        return ByteString(ProjectDirectoryText.expand(value.bytes, to: projectDirectory.bytes))
    }
}
