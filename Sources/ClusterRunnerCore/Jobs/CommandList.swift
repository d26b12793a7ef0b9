/// Makes one shell command of a list of commands.
enum CommandList {
    /// Joins commands: the next one runs only if the one before succeeded, or at once if that runs in the background.
    ///
    /// Commands of nothing but white space are left out.
    static func joined(_ commands: [String]) -> String {
        commands.map(cleaned).filter { !$0.isEmpty }
            .reduce("") { script, command in
                if script.isEmpty { return command }
                return script + (endsUnescaped(script.utf8[...], in: "&") ? " " : " && ") + command
            }
    }

    /// A command without the white space around it and the semicolons at its end.
    ///
    /// A semicolon behind a backslash belongs to the command, as in `find -exec ls {} \;`.
    static func cleaned(_ command: String) -> String {
        var bytes = command.utf8[...]
        while let first = bytes.first, isSpace(first) { bytes.removeFirst() }
        while let last = bytes.last, isSpace(last) || endsUnescaped(bytes, in: ";") {
            // Behind a backslash, white space belongs to the command as well.
            if isSpace(last), endsInBackslash(bytes.dropLast()) { break }
            bytes.removeLast()
        }
        return String(Substring(bytes))
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
