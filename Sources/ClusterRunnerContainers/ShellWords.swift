/// Words of a shell command.
enum ShellWords {
    /// Quotes words, so that the shell passes each on as it is.
    static func quoted(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }

    private static func quoted(_ word: String) -> String {
        "'\(word.replacing("'", with: "'\\''"))'"
    }
}
