/// Joins the entries of a command list into one shell script.
///
/// Entries run in order in one shell, each as if typed alone. Unlike a plain `&&` or newline, the text between them
/// guarantees that:
///
/// - A status line ends the script with the exit code of an entry that failed. `errexit` alone does not: bash continues
///   after an expansion error such as `$((1/0))`, and does not treat `cd nowhere && make` as a failure.
/// - Braces make several lines one command, so that such an error ends the whole entry instead of one line.
/// - An empty line follows a backslash at the end of an entry, which would join it with the next one.
///
/// It also requires that each entry is complete by itself; the shell's own parser checks that.
package enum CommandList {
    /// The line after each entry except the last.
    ///
    /// A subshell carries a non-zero status out of the braces; the line then ends the script after them. Inside the
    /// braces standard error is closed, so that `set -x` shows the user's commands only.
    package static let statusLine = "{ case $? in 0) ;; *) (exit $?) ;; esac; } 2>&- || exit $?"

    /// Returns the maximum size of a script in bytes; the system accepts no longer argument.
    ///
    /// On its way into a container a script is the value of a variable, which shares the limit with its name.
    static func longestScript(inContainer: Bool) -> Int { 128 * 1024 - (inContainer ? 64 : 1) }

    /// Makes the script that runs entries; empty if there are no commands.
    static func script(_ entries: [String]) -> String {
        entries.map(cleaned).filter { !$0.isEmpty }.map(block).joined(separator: "\n\(statusLine)\n")
    }

    /// Returns the lines of a script for display, without the text between its entries.
    package static func lines(ofEntries script: String) -> [Substring] {
        script.split(separator: "\n").filter { $0 != statusLine }
    }

    private static func block(_ entry: String) -> String {
        let lines = endsInBackslash(entry.utf8[...]) ? entry + "\n" : entry
        guard entry.utf8.contains(UInt8(ascii: "\n")), !changesTheParser(entry) else { return lines }
        return "{\n\(lines)\n}"
    }

    /// Whether an entry may change how its later lines are parsed.
    ///
    /// A shell reads all lines between braces before it runs the first of them.
    private static func changesTheParser(_ entry: String) -> Bool {
        entry.contains("alias") || entry.contains("shopt")
    }

    /// Removes the white space around a command and the semicolons at its end.
    ///
    /// A semicolon after a backslash belongs to the command, as in `find -exec ls {} \;`, and the last line of a
    /// here-document is unchanged. Windows line ends are replaced by newlines. A command of only white space and
    /// comments becomes empty.
    static func cleaned(_ command: String) -> String {
        var bytes = lines(command).utf8[...]
        while let first = bytes.first, isSpace(first) { bytes.removeFirst() }
        let hasDocument = command.contains("<<")
        while let last = bytes.last, isSpace(last) || (!hasDocument && endsUnescaped(bytes, in: ";")) {
            // After a backslash, white space belongs to the command as well.
            if isSpace(last), endsInBackslash(bytes.dropLast()) { break }
            bytes.removeLast()
        }
        return isComment(bytes) ? "" : String(Substring(bytes))
    }

    /// Counts the lines that ``cleaned(_:)`` removes from the beginning of a command.
    static func skippedLines(of command: String) -> Int {
        lines(command).utf8.prefix(while: isSpace).count { $0 == UInt8(ascii: "\n") }
    }

    private static func lines(_ command: String) -> String {
        guard command.utf8.contains(UInt8(ascii: "\r")) else { return command }
        // In a string, a carriage return and a newline are one character.
        return String(String.UnicodeScalarView(command.flatMap { $0 == "\r\n" ? ["\n"] : Array($0.unicodeScalars) }))
    }

    private static func isComment(_ text: Substring.UTF8View) -> Bool {
        text.split(separator: UInt8(ascii: "\n")).allSatisfy { line in
            line.first { !isSpace($0) }.map { $0 == UInt8(ascii: "#") } ?? true
        }
    }

    private static func endsUnescaped(_ text: Substring.UTF8View, in character: Unicode.Scalar) -> Bool {
        text.last == UInt8(ascii: character) && !endsInBackslash(text.dropLast())
    }

    /// Whether the character after `text` is escaped: an even number of backslashes escape only each other.
    private static func endsInBackslash(_ text: Substring.UTF8View) -> Bool {
        !text.reversed().prefix { $0 == UInt8(ascii: "\\") }.count.isMultiple(of: 2)
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || (UInt8(ascii: "\t")...UInt8(ascii: "\r")).contains(byte)
    }
}
