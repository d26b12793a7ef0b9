/// A shell's complaint about a text.
struct ShellProblem: Equatable {
    /// The shell's words, without its name.
    let words: String
    /// The line of the text, from 1.
    let line: Int
    /// The token that it names.
    let token: String?

    /// Creates a complaint.
    init(words: String, line: Int, token: String?) {
        self.words = words
        self.line = line
        self.token = token
    }

    /// Parses the output of `bash` or `dash`: `bash: -c: line 2: syntax error ...`, or `sh: 2: Syntax error: ...`.
    init(_ output: String) {
        let first = output.split(separator: "\n").first.map(String.init) ?? "it said nothing"
        var parts = first.split(separator: ": ", omittingEmptySubsequences: false)
        if parts.count > 1, ["bash", "sh", "dash"].contains(parts[0]) { parts.removeFirst() }
        if parts.first == "-c" { parts.removeFirst() }
        var line = 1
        if parts.count > 1, let number = Int(parts[0].split(separator: " ").last ?? "") {
            line = number
            parts.removeFirst()
        }
        if parts.count > 1, parts.first == "warning" { parts.removeFirst() }
        let words = parts.joined(separator: ": ")
        self.words = words
        self.line = Self.beginning(in: words) ?? line
        token = words.contains("here-document") ? "<<" : Self.quoted(in: words)
    }

    /// Returns the line where an unterminated construct begins: `here-document at line 3 delimited by end-of-file`.
    private static func beginning(in words: String) -> Int? {
        guard let range = words.firstRange(of: "at line ") ?? words.firstRange(of: "on line ") else { return nil }
        return Int(words[range.upperBound...].prefix { $0.isASCII && $0.isNumber })
    }

    /// Returns the text between the shell's quotes; older versions open with a backtick.
    private static func quoted(in words: String) -> String? {
        guard let begin = words.firstIndex(where: { $0 == "`" || $0 == "'" }), words.hasSuffix("'") else { return nil }
        let inside = words[words.index(after: begin)...].dropLast()
        return inside.isEmpty ? nil : String(inside)
    }
}
