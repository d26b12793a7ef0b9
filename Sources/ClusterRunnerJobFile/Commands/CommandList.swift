/// Makes one shell script of a list of commands.
///
/// Entries run in order in one shell, each as if typed alone. What is between them makes sure of that, where a plain
/// `&&` or newline would not:
///
/// - A status line ends the script with the exit code of an entry that failed. `errexit` alone does not: bash goes on
///   behind an error of expansion such as `$((1/0))`, and `cd nowhere && make` is no failure to it.
/// - Braces make several lines one command, so that such an error gives up the whole entry instead of one line.
/// - An empty line follows a backslash at the end of an entry, which would join it with the next one.
///
/// The rest of the promise is that each entry is complete by itself, which the shell's own parser is asked.
package enum CommandList {
    /// The line behind each entry that is followed by another one.
    ///
    /// A status that is not zero comes out of the braces by a subshell and ends the script behind them. Inside them
    /// standard error is closed: `set -x` shows the user's commands, and nothing of what is between them.
    package static let statusLine = "{ case $? in 0) ;; *) (exit $?) ;; esac; } 2>&- || exit $?"

    /// The most bytes of a script: the system takes no longer argument.
    static let longestScript = 128 * 1024 - 1

    /// The script that runs entries; empty if there is nothing to run.
    static func script(_ entries: [String]) -> String {
        entries.map(cleaned).filter { !$0.isEmpty }.map(block).joined(separator: "\n\(statusLine)\n")
    }

    /// The lines of a script without what stands between its entries, for people.
    package static func lines(ofEntries script: String) -> [Substring] {
        script.split(separator: "\n").filter { $0 != statusLine }
    }

    private static func block(_ entry: String) -> String {
        let lines = endsInBackslash(entry.utf8[...]) ? entry + "\n" : entry
        guard entry.utf8.contains(UInt8(ascii: "\n")), !changesTheParser(entry) else { return lines }
        return "{\n\(lines)\n}"
    }

    /// Whether later lines of an entry may be read otherwise because of earlier ones.
    ///
    /// A shell reads all lines between braces before it runs the first of them.
    private static func changesTheParser(_ entry: String) -> Bool {
        entry.contains("alias") || entry.contains("shopt")
    }

    /// A command without the white space around it and the semicolons at its end.
    ///
    /// A semicolon behind a backslash belongs to the command, as in `find -exec ls {} \;`, and the last line of a
    /// here-document stays as it is. Windows line ends become those of the shell. A command of nothing but white space
    /// and comments is empty.
    static func cleaned(_ command: String) -> String {
        var bytes = lines(command).utf8[...]
        while let first = bytes.first, isSpace(first) { bytes.removeFirst() }
        let hasDocument = command.contains("<<")
        while let last = bytes.last, isSpace(last) || (!hasDocument && endsUnescaped(bytes, in: ";")) {
            // Behind a backslash, white space belongs to the command as well.
            if isSpace(last), endsInBackslash(bytes.dropLast()) { break }
            bytes.removeLast()
        }
        return isComment(bytes) ? "" : String(Substring(bytes))
    }

    /// How many lines of a command ``cleaned(_:)`` leaves out at its beginning.
    static func skippedLines(of command: String) -> Int {
        lines(command).utf8.prefix(while: isSpace).count { $0 == UInt8(ascii: "\n") }
    }

    private static func lines(_ command: String) -> String {
        guard command.utf8.contains(UInt8(ascii: "\r")) else { return command }
        // A carriage return and a newline are one character of a string.
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

    /// Whether what follows `text` is escaped: an even number of backslashes escapes only each other.
    private static func endsInBackslash(_ text: Substring.UTF8View) -> Bool {
        !text.reversed().prefix { $0 == UInt8(ascii: "\\") }.count.isMultiple(of: 2)
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || (UInt8(ascii: "\t")...UInt8(ascii: "\r")).contains(byte)
    }
}
