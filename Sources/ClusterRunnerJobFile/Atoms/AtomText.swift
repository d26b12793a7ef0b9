import ClusterRunnerPlugin

/// A parser of `export VAR="value";`, byte by byte.
struct AtomText {
    static let backslash = UInt8(ascii: "\\")
    static let dollar = UInt8(ascii: "$")
    /// Characters that a backslash escapes inside double quotes; any other backslash there stands for itself.
    static let special = [UInt8(ascii: "\""), backslash, UInt8(ascii: "`"), dollar]

    private let text: String
    var rest: ArraySlice<UInt8>

    /// Creates a parser of a text.
    init(_ text: String) {
        self.text = text
        rest = Array(text.utf8)[...]
    }

    /// Parses the whole text as an atom.
    mutating func atom() throws(ClusterRunnerError) -> Atom {
        skipBlanks()
        guard rest.starts(with: "export".utf8) else { throw fault("it does not begin with \"export\"") }
        rest = rest.dropFirst("export".utf8.count)
        guard skipBlanks() else { throw fault("there is no space behind \"export\"") }
        let variable = try variable()
        let value = try value()
        skipBlanks()
        if rest.first == UInt8(ascii: ";") { rest.removeFirst() }
        skipBlanks()
        guard rest.isEmpty else { throw fault("\(excerpt(of: string(rest))) stands behind the value") }
        guard !value.contains(0) else { throw fault("the value contains a NUL character") }
        return Atom(variable: variable, value: ByteString(value))
    }

    private mutating func variable() throws(ClusterRunnerError) -> String {
        guard let end = rest.firstIndex(of: UInt8(ascii: "=")) else { throw fault("there is no \"=\"") }
        let name = string(rest[..<end])
        guard ShellName.isValid(name) else { throw fault("\(excerpt(of: name)) is no name for a variable") }
        if let owner = ShellName.owner(of: name, isAtom: true) {
            throw fault("\(excerpt(of: name)) is a variable \(owner.claim)")
        }
        rest = rest[(end + 1)...]
        return name
    }

    private mutating func value() throws(ClusterRunnerError) -> [UInt8] {
        switch rest.first {
        case UInt8(ascii: "\""): try doubleQuoted()
        case UInt8(ascii: "'"): try singleQuoted()
        case Self.dollar where rest.dropFirst().first == UInt8(ascii: "'"): try ansiQuoted()
        default: word()
        }
    }

    private mutating func doubleQuoted() throws(ClusterRunnerError) -> [UInt8] {
        var value: [UInt8] = []
        var index = rest.startIndex + 1
        while index < rest.endIndex, rest[index] != UInt8(ascii: "\"") {
            if rest[index] == Self.backslash, index + 1 < rest.endIndex, Self.special.contains(rest[index + 1]) {
                index += 1
            }
            value.append(rest[index])
            index += 1
        }
        guard index < rest.endIndex else { throw fault("the closing quote is missing") }
        rest = rest[(index + 1)...]
        return value
    }

    private mutating func singleQuoted() throws(ClusterRunnerError) -> [UInt8] {
        let inside = rest.dropFirst()
        guard let end = inside.firstIndex(of: UInt8(ascii: "'")) else { throw fault("the closing quote is missing") }
        rest = rest[(end + 1)...]
        return Array(inside[..<end])
    }

    /// Parses a value without quotes: up to the first byte with a meaning for the shell.
    private mutating func word() -> [UInt8] {
        let word = rest.prefix { !" \t\r\n;&|<>()\"'`\\".utf8.contains($0) }
        rest = rest[word.endIndex...]
        return Array(word)
    }

    /// Skips white space; returns whether there was any.
    @discardableResult
    private mutating func skipBlanks() -> Bool {
        let blanks = rest.prefix { " \t\r\n".utf8.contains($0) }
        rest = rest[blanks.endIndex...]
        return !blanks.isEmpty
    }

    private func string(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self)
    }

    func fault(_ reason: String) -> ClusterRunnerError {
        let form = "export VARIABLE=\"value\";"
        return ClusterRunnerError(
            .invalidArgument,
            "The atom \(excerpt(of: text)) does not have the form `\(form)`: \(clause: reason)."
        )
    }
}
